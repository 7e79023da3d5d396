"""Makes the calls of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.applied import Applied
from assay.cli.calls import CALL_S, calling
from assay.cli.life.plan import Plan
from assay.contracts import Contract
from assay.streaming.topic_plan import carry_out
from assay.streaming.topics import specs_of

__all__ = ["carried_out"]


async def carried_out(plan: Plan, contracts: Sequence[Contract], reason: str = "") -> list[Applied]:
    """Bring topics to what they are to be, publish, retire; answer what was done for each contract.

    A run that is cut off is made good by another: what was done then is not done again.

    Raises:
        BrokerError, TopicError: a topic can't be brought there; nothing was published.
        CallError: the registry does not answer, or refuses a version.
    """
    await carry_out(plan.target.broker, plan.topics)
    created = {spec.name for spec in plan.topics.create}
    there = {each.id for each in contracts}
    last = [each for each in plan.publish if each.id not in there]
    done: list[Applied] = []
    async with calling("registry", plan.target.registry, reason) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        for contract in (*contracts, *last):
            number, is_new = await _standing(stub, contract, is_planned=contract in plan.publish)
            topics = tuple(spec.name for spec in specs_of(contract) if spec.name in created)
            done.append(Applied(contract.id, contract.version, number, is_new, topics))
        for name, version in plan.retire:
            gone = registry_pb2.RetireContractRequest(contract=name, version=version)
            await stub.RetireContract(gone, timeout=CALL_S)
    return done


async def _standing(
    stub: registry_pb2_grpc.RegistryServiceStub, contract: Contract, *, is_planned: bool
) -> tuple[int, bool]:
    """Publish the version where that was planned, else look it up: its id, and whether it is new."""
    if is_planned:
        request = registry_pb2.PublishContractRequest(text=contract.text)
        answer = await stub.PublishContract(request, timeout=CALL_S)
        return answer.published.id, answer.created
    named = registry_pb2.GetContractRequest(contract=contract.id, version=contract.version)
    return (await stub.GetContract(named, timeout=CALL_S)).found.id, False
