"""What one partition or one contract is held up by holds up no other on the same worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import Contract
from assay.registry.store import ContractStore
from assay.runtime import SystemClock
from assay.streaming import Outgoing, Publisher, scan
from assay.streaming.topics import PANES
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, outcome, settled

Names = Callable[[str], str]

GOOD, BAD = b'{"id": "a", "amount": 1}', b'{"id": 1}'
FEW, HUNG, HOT, REPLAYS = 300, 60, 6_000, 2_000


@asynccontextmanager
async def registered(data: Path) -> AsyncIterator[Service]:
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        yield registry


async def send(broker: Broker, topic: str | None, partition: int, values: Iterable[bytes]) -> None:
    assert topic is not None
    async with Publisher(broker.bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, partition, b"k", value, ()) for value in values])


async def settled_of(broker: Broker, contract: Contract, topic: str | None, partition: int) -> int:
    """How many records of one raw partition are settled."""
    found = await outcome(broker.bootstrap, contract)
    return sum(source.startswith(f"{topic}/{partition}/") for source in (*found.validated, *found.dead_letters))


async def until_settled(broker: Broker, contract: Contract, topic: str | None, partition: int, records: int) -> None:
    async def ask() -> bool:
        return await settled_of(broker, contract, topic, partition) >= records

    await eventually(ask, within_s=60)


async def test_a_stuck_judge_and_a_version_that_can_not_be_read_stop_nobody_else(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    """Every explanation hangs, so each refused record takes its whole time: what is behind them waits for a minute.

    A newer registry may hold what this worker can't read: such a contract waits, an earlier version stays in force.
    """
    name = unique("other")
    async with ContractStore(f"sqlite:///{tmp_path / 'registry.db'}", SystemClock()) as store:
        await store.publish(unique("unread"), "1.0.0", b"apiVersion: [")
        await store.publish(name, "1.0.0", contract_text(name))
        await store.publish(name, "1.1.0", b"apiVersion: v9.9.9\nkind: Unheard")
    async with registered(tmp_path) as registry:
        stuck = await in_force(registry.address, broker.bootstrap, contract_text(unique("stuck")))
        other = await in_force(registry.address, broker.bootstrap, contract_text(name))
        await send(broker, stuck.topics.raw_app, 0, [BAD] * HUNG)
        settings = {"broker": broker.bootstrap, "registry": registry.address}
        async with running("validation", data=tmp_path, failpoints="explain=freeze", **settings) as worker:
            await worker.says("explanation.failed")
            await worker.says("contract.kept_out", times=2)
            await send(broker, stuck.topics.raw_app, 1, [GOOD] * FEW)
            await send(broker, other.topics.raw_app, 0, [GOOD] * FEW)
            await until_settled(broker, stuck, stuck.topics.raw_app, 1, FEW)
            found = await settled(broker.bootstrap, other, FEW)
            assert await settled_of(broker, stuck, stuck.topics.raw_app, 0) == 0
    assert found.validated.total() == FEW


async def test_a_live_record_overtakes_the_backlog_of_another_partition_and_two_thousand_replays(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    """With so few in a transaction, what waits takes many times as long as this test looks at it."""
    async with registered(tmp_path) as registry:
        contract = await in_force(registry.address, broker.bootstrap, contract_text(unique("hot")))
        live, replayed = contract.topics.raw_app, contract.topics.raw_replay
        await send(broker, live, 0, [GOOD] * HOT)
        await send(broker, replayed, 1, [GOOD] * REPLAYS)
        few = {"chunk_records": "4", "replay_quota": "2"}
        async with running("validation", data=tmp_path, broker=broker.bootstrap, registry=registry.address, **few):
            await until_settled(broker, contract, live, 0, 1)
            await until_settled(broker, contract, replayed, 1, 1)
            await send(broker, live, 1, [GOOD])
            await until_settled(broker, contract, live, 1, 1)
            assert 0 < await settled_of(broker, contract, live, 0) < HOT
            assert 0 < await settled_of(broker, contract, replayed, 1) < REPLAYS
            assert await most_in_a_transaction(broker, replayed) == 2


async def most_in_a_transaction(broker: Broker, topic: str) -> int:
    """The longest range of offsets that one transaction settled of a raw topic, as its pane says."""
    panes = [Pane.FromString(one.value or b"") async for records in scan(broker.bootstrap, [PANES]) for one in records]
    return max(pane.next_offset - pane.first_offset for pane in panes if pane.topic == topic)
