"""Every raw record ends in exactly one of validated or dead letters, once, whatever happens to the workers."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import Outcome, in_force, outcome

RECORDS = int(os.environ.get("ASSAY_TEST_RECORDS", "12000"))
SIZE = f"{RECORDS:,} records"
KILLS = 5
CHUNK = 100
SESSION_S = 6
ASSIGNED = "partitions.assigned"  # once more when a worker found that it had been thrown out


@dataclass(frozen=True)
class Stage:
    broker: Broker
    registry: Service
    contract: Contract
    data: Path

    def worker(self, name: str, **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        return running(
            "validation",
            data=self.data / name,
            broker=self.broker.bootstrap,
            registry=self.registry.address,
            chunk_records=str(CHUNK),
            session_s=str(SESSION_S),
            **settings,
        )

    async def settled(self) -> Outcome:
        async def ask() -> Outcome | None:
            found = await outcome(self.broker.bootstrap, self.contract)
            return found if found.settled >= RECORDS else None

        found = await eventually(ask, within_s=120)
        assert found is not None
        return found

    async def reached(self, records: int) -> None:
        async def ask() -> bool:
            return (await outcome(self.broker.bootstrap, self.contract)).settled >= records

        await eventually(ask, within_s=60)


@contextlib.asynccontextmanager
async def stage(broker: Broker, contract_id: str, data: Path) -> AsyncIterator[Stage]:
    """A registry with one contract in force, and numbered records on its raw topic, one in ten of them invalid."""
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, contract_text(contract_id))
        assert contract.topics.raw_app is not None
        async with Publisher(broker.bootstrap) as publisher:
            for start in range(0, RECORDS, 1_000):
                numbers = range(start, min(start + 1_000, RECORDS))
                await publisher.publish([_record(contract.topics.raw_app, number) for number in numbers])
        yield Stage(broker, registry, contract, data)


def _record(topic: str, number: int) -> Outgoing:
    amount: int | str = "ten" if number % 10 == 0 else number
    value = json.dumps({"id": str(number), "amount": amount}).encode()
    return Outgoing(topic, None, f"key-{number % 97}".encode(), value)


def _assert_exact(found: Outcome) -> None:
    assert found.is_exact, str(found)
    assert found.dead_letters.total() == RECORDS // 10


async def test_killed_workers_lose_and_double_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("killed"), tmp_path) as here:
        for kill in range(KILLS):
            async with here.worker(f"worker-{kill}") as worker:
                await here.reached((kill + 1) * RECORDS // (KILLS + 3))
                await worker.kill()
        async with here.worker("last"):
            _assert_exact(await here.settled())


@pytest.mark.parametrize("point", ["forwarder.before_offsets", "forwarder.before_commit", "forwarder.after_commit"])
async def test_a_worker_that_dies_between_two_steps_loses_and_doubles_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, point: str
) -> None:
    async with stage(durable_broker, unique("between"), tmp_path) as here:
        async with here.worker("dying", failpoints=f"{point}:7") as worker:
            assert await worker.ended() == 137
        async with here.worker("successor"):
            _assert_exact(await here.settled())


async def test_a_worker_that_wakes_after_the_takeover_writes_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    """Frozen with an open transaction past its session, woken when the successor has settled everything."""
    frozen = "forwarder.before_commit:5=freeze"
    async with (
        stage(durable_broker, unique("zombie"), tmp_path) as here,
        here.worker("zombie", failpoints=frozen) as zombie,
    ):
        await zombie.freezes()
        async with here.worker("successor"):
            await here.settled()
            joins = zombie.said(ASSIGNED)
            zombie.resume()
            await zombie.says(ASSIGNED, times=joins + 1)
            _assert_exact(await here.settled())


async def test_a_joining_worker_takes_partitions_without_loss_or_repeat(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("joining"), tmp_path) as here, here.worker("first"):
        await here.reached(RECORDS // 10)
        async with here.worker("second"):
            await here.reached(RECORDS // 2)
        _assert_exact(await here.settled())
