"""The logs of a family are read once, each in its order, and together in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from assay.streaming import Block, Partition, Record, joint_logs, kafka
from assay.streaming.joint_logs import FamilyLogs

FAMILY = [Partition("amounts", 0), Partition("prices", 0), Partition("places", 0)]

Stamps = Sequence[Sequence[int]]
"""Of one log: the times of its records, fetch by fetch."""

fetches = st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=6), max_size=6)


def in_order(log: Stamps) -> Stamps:
    """The same fetches, with times that never go back."""
    times = iter(sorted(ms for fetch in log for ms in fetch))
    return [[next(times) for _ in fetch] for fetch in log]


class Client:
    """A consumer over logs that come fetch by fetch."""

    def __init__(self, logs: Sequence[Stamps]) -> None:
        self._left = {TopicPartition(*each): [*log] for each, log in zip(FAMILY, logs, strict=True)}
        self._ends = {key: sum(map(len, log)) for key, log in self._left.items()}
        self._at = dict.fromkeys(self._left, 0)
        self.waits: list[int] = []
        """How long was waited for what is not there, in ms."""

    def hold_back(self, each: Partition, count: int) -> None:
        """Have a log end later than what may be read of it, as while a transaction is open."""
        self._ends[TopicPartition(*each)] += count

    def assign(self, keys: Sequence[TopicPartition]) -> None:
        assert {*keys} <= self._left.keys()

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._left)

    def seek(self, key: TopicPartition, offset: int) -> None:
        assert self._at[key] == offset

    def pause(self, key: TopicPartition) -> None:
        assert key in self._left

    def highwater(self, key: TopicPartition) -> int:
        return self._ends[key]

    async def position(self, key: TopicPartition) -> int:
        return self._at[key]

    async def getmany(self, *keys: TopicPartition, timeout_ms: int) -> dict[TopicPartition, Block]:
        self.waits += [timeout_ms] if timeout_ms else []
        return {key: self._next(key) for key in keys if self._left[key]}

    def _next(self, key: TopicPartition) -> Block:
        stamps, begin = self._left[key].pop(0), self._at[key]
        self._at[key] += len(stamps)
        return Block.of(
            [Record(key.topic, key.partition, begin + place, ms, None, b"") for place, ms in enumerate(stamps)]
        )


async def take_all(logs: Sequence[Stamps], most: int, ends: dict[Partition, int] | None = None) -> list[list[Record]]:
    """Read logs to their ends, and return what came at once each time."""
    found: list[list[Record]] = []
    async with reading(Client(logs), ends) as family:
        while blocks := await family.take(most, 0.0):
            found.append([record for block in blocks for record in block])
            seen = {each: sum(record.topic == each.topic for some in found for record in some) for each in FAMILY}
            assert await family.positions() == seen
    return found


@asynccontextmanager
async def reading(client: Client, ends: dict[Partition, int] | None = None) -> AsyncIterator[FamilyLogs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kafka, "consumer", lambda *_, **__: client)
        for name in ("started", "stopped"):
            patch.setattr(kafka, name, nothing)
        patch.setattr(kafka, "fetch_apart", lambda _: None)
        async with FamilyLogs("nowhere", FAMILY) as family:
            family.begin_at(dict.fromkeys(FAMILY, 0), ends)
            yield family


async def nothing(*_: object) -> None:
    return


@given(st.tuples(fetches, fetches, fetches), st.integers(1, 20))
def test_every_record_is_read_once_and_in_the_order_of_its_log(logs: Sequence[Stamps], most: int) -> None:
    found = asyncio.run(take_all(logs, most))
    for each, log in zip(FAMILY, logs, strict=True):
        read = [(record.offset, record.timestamp_ms) for some in found for record in some if record.topic == each.topic]
        assert read == [*enumerate(ms for fetch in log for ms in fetch)]
    assert all(len(some) <= most for some in found)


@given(st.tuples(fetches, fetches, fetches), st.integers(1, 20))
def test_what_arrived_first_in_any_log_comes_first(logs: Sequence[Stamps], most: int) -> None:
    found = asyncio.run(take_all([*map(in_order, logs)], most))
    for before, after in pairwise(found):
        assert max(record.timestamp_ms for record in before) <= min(record.timestamp_ms for record in after)


@given(st.tuples(fetches, fetches, fetches), st.integers(1, 20), st.data())
def test_nothing_is_read_from_the_end_on(logs: Sequence[Stamps], most: int, data: st.DataObject) -> None:
    sizes = {each: sum(map(len, log)) for each, log in zip(FAMILY, logs, strict=True)}
    ends = {each: data.draw(st.integers(0, size)) for each, size in sizes.items()}
    found = asyncio.run(take_all(logs, most, ends))
    for each in FAMILY:
        read = [record.offset for some in found for record in some if record.topic == each.topic]
        assert read == [*range(ends[each])]


async def test_a_log_that_does_not_give_what_it_has_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint_logs, "LATE_S", 0.05)
    client = Client([[[1], [2], [3]], [], []])
    client.hold_back(FAMILY[1], 7)
    async with reading(client) as family:
        assert len(await family.take(1, 0.0)) == 1
        assert client.waits
        client.waits.clear()
        assert len(await family.take(1, 0.0)) == 1
        assert not client.waits
