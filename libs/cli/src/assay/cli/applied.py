"""Contracts to the registry, and their topics to the broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.contracts import Contract
from assay.streaming.topics import PLATFORM_TOPICS, apply_topics, specs_of

__all__ = ["Applied", "applied"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What `assay contract apply` did for one contract: its id in the registry, and what was not there before."""

    contract: str
    version: str
    id: int
    published: bool
    topics_created: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {name: getattr(self, name) for name in ("contract", "version", "id", "published", "topics_created")}

    def in_words(self) -> str:
        """Return it as a line for each thing that was done."""
        topics = [f"topic {name}: created" for name in self.topics_created]
        did = "published" if self.published else "was published before"
        standing = topics or [f"topics of {self.contract}: as they should be"]
        return "\n".join([*standing, f"contract {self.contract} {self.version}: {did}"])


async def applied(contracts: Sequence[Contract], registry: str, broker: str) -> list[Applied]:
    """Create the topics of the contracts, publish the contracts, and answer what was done.

    Topics first: whoever hears of a contract finds its topics there.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic is there with other settings than its contract asks for.
        CallError: the registry does not answer, or has the version with another text.
    """
    created = [await apply_topics(broker, (*PLATFORM_TOPICS, *specs_of(contract))) for contract in contracts]
    done: list[Applied] = []
    async with calling("registry", registry) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        for contract, topics in zip(contracts, created, strict=True):
            request = registry_pb2.PublishContractRequest(text=contract.text)
            answer = await stub.PublishContract(request, timeout=CALL_S)
            done.append(Applied(contract.id, contract.version, answer.published.id, answer.created, tuple(topics)))
    return done
