"""A partition has one lane at most, whatever comes together; and a lost group is noticed without any."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest
from aiokafka import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from assay.streaming import Forwarder, Outgoing, Record, Step, forwarder, kafka
from assay.streaming.errors import GroupLostError

ONE, TWO = TopicPartition("raw", 0), TopicPartition("raw", 1)


class Nothing(Step):
    """A step that is never reached."""

    async def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        return []

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return []


class Consumer:
    """A group whose rebalances are ours; lanes wait for it, and take a moment to let go."""

    def __init__(self) -> None:
        self.listener: ConsumerRebalanceListener
        self.letting_go = asyncio.Event()
        self.let_go = asyncio.Event()
        self.waiting: list[TopicPartition] = []
        self.is_lost = False

    def subscription(self) -> frozenset[str]:
        return frozenset()

    def subscribe(self, topics: Collection[str], listener: ConsumerRebalanceListener) -> None:
        self.listener = listener

    async def committed(self, key: TopicPartition) -> int:
        self.waiting.append(key)
        try:
            await asyncio.Event().wait()
        finally:
            self.letting_go.set()
            await self.let_go.wait()
            self.waiting.remove(key)
        return 0

    async def getmany(self, *_keys: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[object]]:
        return {}


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Consumer:
    made = Consumer()

    async def done(*_given: object) -> None: ...

    def check(asked: Consumer, group: str) -> None:
        if asked.is_lost:
            raise GroupLostError(group, None)

    monkeypatch.setattr(forwarder, "ATTEND_S", 0.01)
    monkeypatch.setattr(kafka, "consumer", lambda *_given, **_settings: made)
    monkeypatch.setattr(kafka, "check_group", check)
    monkeypatch.setattr(kafka, "started", done)
    monkeypatch.setattr(kafka, "stopped", done)
    return made


async def test_partitions_that_come_while_it_leaves_get_no_lane(consumer: Consumer) -> None:
    async def come() -> None:
        await consumer.letting_go.wait()
        coming = group.create_task(consumer.listener.on_partitions_assigned({TWO}))
        await asyncio.sleep(0)
        consumer.let_go.set()
        await coming

    async with asyncio.timeout(5), asyncio.TaskGroup() as group, Forwarder("broker", "test", Nothing()) as forwards:
        forwards.subscribe(["raw"])
        await consumer.listener.on_partitions_assigned({ONE})
        await asyncio.sleep(0)
        group.create_task(come())
    assert consumer.waiting == []


async def test_a_partition_that_goes_and_comes_while_it_is_reopened_has_one_lane(consumer: Consumer) -> None:
    async with asyncio.timeout(5), Forwarder("broker", "test", Nothing()) as forwards, asyncio.TaskGroup() as group:
        forwards.subscribe(["raw"])
        await consumer.listener.on_partitions_assigned({ONE})
        await asyncio.sleep(0)
        group.create_task(forwards.reopen(["raw"]))
        await consumer.letting_go.wait()
        consumer.let_go.set()
        await consumer.listener.on_partitions_revoked({ONE})
        await consumer.listener.on_partitions_assigned({ONE})
        for _ in range(10):
            await asyncio.sleep(0)
        assert consumer.waiting == [ONE]


async def test_a_lost_group_ends_the_forwarder_without_any_lane(consumer: Consumer) -> None:
    async def forward() -> None:
        async with asyncio.timeout(5), Forwarder("broker", "test", Nothing()):
            consumer.is_lost = True
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        await forward()
    assert raised.group_contains(GroupLostError)
