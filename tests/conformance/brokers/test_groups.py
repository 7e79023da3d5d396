"""Groups: commits are kept, partitions are shared, and who is gone makes room."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from assay.testkit import Child, eventually
from assay.testkit.clients import admin, consuming, create_topic, producing

Names = Callable[[str], str]


async def test_committed_offset_is_where_a_successor_starts(bootstrap: str, unique: Names) -> None:
    topic, group = await create_topic(bootstrap, unique("committed")), unique("group")
    partition = TopicPartition(topic, 0)
    async with producing(bootstrap) as producer:
        for number in range(10):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)
    async with consuming(bootstrap, topic, group=group, member="one") as first:
        await _assigned(first)
        await first.commit({partition: 4})
    async with consuming(bootstrap, topic, group=group, member="one") as second:
        assert await second.committed(partition) == 4
        async with asyncio.timeout(20):
            assert (await second.getone()).value == b"4"


async def test_group_without_commits_has_none(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("fresh"))
    async with consuming(bootstrap, topic, group=unique("group"), member="one") as consumer:
        assert await consumer.committed(TopicPartition(topic, 0)) is None


async def test_three_members_share_and_two_take_over_who_left(bootstrap: str, unique: Names) -> None:
    topic, group = await create_topic(bootstrap, unique("shared"), partitions=3), unique("group")
    async with contextlib.AsyncExitStack() as stack:
        stay = [await stack.enter_async_context(consuming(bootstrap, topic, group=group)) for _ in range(2)]
        async with consuming(bootstrap, topic, group=group) as leaves:
            await eventually(lambda: _all_hold(3, *stay, leaves, each=1))
        await eventually(lambda: _all_hold(3, *stay, each=1))


async def test_static_successor_takes_over_before_the_session_ends(
    bootstrap: str, unique: Names, tmp_path: Path
) -> None:
    topic, group = await create_topic(bootstrap, unique("static"), partitions=2), unique("group")
    await _killed_member(bootstrap, topic, group, tmp_path, session_ms=30_000, member="same")
    async with consuming(bootstrap, topic, group=group, member="same", session_ms=30_000) as successor:
        await eventually(lambda: _all_hold(2, successor, each=2), within_s=10)


async def test_dead_member_is_evicted_after_its_session(bootstrap: str, unique: Names, tmp_path: Path) -> None:
    topic, group = await create_topic(bootstrap, unique("evicts"), partitions=2), unique("group")
    await _killed_member(bootstrap, topic, group, tmp_path, session_ms=6_000)
    async with consuming(bootstrap, topic, group=group, session_ms=6_000) as successor:
        await eventually(lambda: _all_hold(2, successor, each=2), within_s=25)


async def test_group_is_listed(bootstrap: str, unique: Names) -> None:
    topic, group = await create_topic(bootstrap, unique("listed")), unique("group")
    async with consuming(bootstrap, topic, group=group, member="one") as consumer, admin(bootstrap) as client:
        await _assigned(consumer)
        assert group in {entry[0] for entry in await client.list_consumer_groups()}


async def _assigned(consumer: AIOKafkaConsumer) -> None:
    await eventually(lambda: _all_hold(1, consumer, each=1))


async def _all_hold(total: int, *consumers: AIOKafkaConsumer, each: int) -> bool:
    """Whether the consumers hold at least so many partitions together, and each so many; polls them, as members must."""
    for consumer in consumers:
        await consumer.getmany(timeout_ms=10)
    held = [len(consumer.assignment()) for consumer in consumers]
    return sum(held) >= total and min(held) >= each


async def _killed_member(
    bootstrap: str, topic: str, group: str, folder: Path, *, session_ms: int, member: str = ""
) -> None:
    """A member that held the partitions and was killed: the group was told nothing."""
    script = Path(__file__).with_name("member.py")
    command = [sys.executable, str(script), bootstrap, topic, group, str(session_ms), member]
    async with Child("a group member", command, log=folder / "member.log") as child:

        async def holds() -> bool:
            return "assigned" in child.tail()

        await child.ready_when(holds, within_s=30)
        await child.kill()
