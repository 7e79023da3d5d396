"""A repaired dead letter goes back exactly once, whatever happens to the service; the rest stays, explained."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import grpc

from assay.api.recovery.v1.recovery_pb2 import Failure, ListFailuresRequest
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher, headers, scan
from assay.streaming.keys import KeyFile
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, outcome, settled

RECORDS = 600
REPAIRABLE = RECORDS // 4
HOPELESS = RECORDS // 4
FLOWS = b"""
  - property: assay.recovery
    value:
      flows:
        - id: amount_as_text
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
team:"""


@dataclass(frozen=True)
class Stage:
    broker: Broker
    registry: Service
    contract: Contract
    data: Path

    def recovery(self, name: str = "recovery", **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        return running(
            "recovery",
            **settings,
            data=self.data / name,
            broker=self.broker.bootstrap,
            registry=self.registry.address,
            store=f"sqlite:///{self.data / 'recovery.db'}",
            chunk_records="50",
            session_s="6",
        )

    async def replays(self) -> Counter[str]:
        """How often each dead letter was replayed."""
        found: Counter[str] = Counter()
        async for records in scan(self.broker.bootstrap, [self.contract.topics.raw_replay]):
            found.update(record.header(headers.DEAD_LETTER) or "" for record in records)
        return found

    async def all_replayed(self) -> Counter[str]:
        async def ask() -> Counter[str] | None:
            found = await self.replays()
            return found if found.total() >= REPAIRABLE else None

        found = await eventually(ask, within_s=90)
        assert found is not None
        return found


@contextlib.asynccontextmanager
async def stage(broker: Broker, text: bytes, data: Path) -> AsyncIterator[Stage]:
    """A registry, a validator, and records of which a quarter can be repaired and a quarter can't."""
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text)
        assert contract.topics.raw_app is not None
        async with Publisher(broker.bootstrap) as publisher:
            await publisher.publish([_record(contract.topics.raw_app, number) for number in range(RECORDS)])
        keys = data / "keys.json"
        KeyFile.create(keys)
        async with running("validation", data=data, broker=broker.bootstrap, registry=registry.address, keys=str(keys)):
            here = Stage(broker, registry, contract, data)
            await eventually(lambda: _is_judged(here), within_s=60)
            yield here


def _record(topic: str, number: int) -> Outgoing:
    amount = {0: f"{number}", 1: "many"}.get(number % 4, number)
    return Outgoing(topic, None, f"k{number % 13}".encode(), json.dumps({"id": "x", "amount": amount}).encode())


async def _is_judged(here: Stage) -> bool:
    return (await outcome(here.broker.bootstrap, here.contract)).settled >= RECORDS


def _with_flows(text: bytes) -> bytes:
    return text.replace(b"\nteam:", FLOWS, 1)


async def _failures(service: Service, contract: str) -> list[Failure]:
    """Groups of dead letters, and what became of them."""
    async with grpc.aio.insecure_channel(service.address) as channel:
        answer = await RecoveryServiceStub(channel).ListFailures(ListFailuresRequest(contract=contract), timeout=10)
    return [*answer.failures]


async def test_a_replay_is_judged_once_and_the_index_says_so(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    text = _with_flows(contract_text(unique("replayed")))
    async with stage(durable_broker, text, tmp_path) as here:
        async with here.recovery("dying", failpoints="recovery.before_commit:3") as recovery:
            assert await recovery.ended() == 137
        async with here.recovery("successor") as recovery:
            assert set((await here.all_replayed()).values()) == {1}
            await eventually(lambda: _is_whole_again(recovery, here.contract.id), within_s=60)
        found = await settled(durable_broker.bootstrap, here.contract, RECORDS + REPAIRABLE)
        assert found.raw.total() == RECORDS + REPAIRABLE
        assert not found.lost
        assert not found.doubled


async def test_sealed_dead_letters_are_repaired_by_a_holder_of_the_key_alone(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    contract_id = unique("sealed")
    text = _with_flows(contract_text(contract_id)).replace(
        b"{name: amount,", b"{name: amount, classification: restricted,"
    )
    async with stage(durable_broker, text, tmp_path) as here:
        async with here.recovery("keyless") as recovery:
            await eventually(lambda: _is_said_to_be_sealed(recovery, contract_id), within_s=60)
            assert not await here.replays()
        async for records in scan(durable_broker.bootstrap, [here.contract.topics.dead_letters]):
            assert not any(b"amount" in (record.value or b"") for record in records)
        async with here.recovery(keys=str(tmp_path / "keys.json")):
            assert set((await here.all_replayed()).values()) == {1}


async def _is_said_to_be_sealed(service: Service, contract: str) -> bool:
    found = await _failures(service, contract)
    is_all = sum(failure.dead_letters for failure in found) == REPAIRABLE + HOPELESS
    return is_all and all("it is sealed" in failure.explanation for failure in found)


async def _is_whole_again(service: Service, contract: str) -> bool:
    """Whether the index says what is true: these were replayed and are whole, those stay."""
    found = await _failures(service, contract)
    return (
        sum(failure.dead_letters for failure in found) == REPAIRABLE + HOPELESS
        and sum(failure.passed for failure in found) == REPAIRABLE
        and sum(failure.open for failure in found) == HOPELESS
    )
