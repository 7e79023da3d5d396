"""A cursor gives every record between its start and its end once, however it is read and wherever others read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from assay.streaming import Block, Record
from assay.streaming.cursor import Cursor, Reader

HERE = TopicPartition("read", 0)


class Log:
    """A consumer over a log in which markers stand between the records."""

    def __init__(self, offsets: Sequence[int], end: int) -> None:
        self._offsets = offsets
        self._end = end
        self._at = 0

    def assignment(self) -> set[TopicPartition]:
        return {HERE}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert partition == HERE
        self._at = offset

    async def getmany(
        self, partition: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, Block]:
        assert timeout_ms >= 0
        found = [offset for offset in self._offsets if offset >= self._at][:max_records]
        left = [offset for offset in self._offsets if offset >= self._at][max_records:]
        self._at = left[0] if left else self._end
        return {partition: Block.of([Record("read", 0, offset, 0, None, b"") for offset in found])} if found else {}

    async def position(self, partition: TopicPartition) -> int:
        assert partition == HERE
        return self._at


OFFSETS = st.sets(st.integers(0, 60)).map(sorted)


async def _read(cursor: Cursor, most: int, steps: Sequence[int]) -> list[int]:
    """Read to the end, being done with some of each piece."""
    found: list[int] = []
    for step in [*steps, *[1] * 200]:
        if cursor.is_at_end:
            break
        if block := await cursor.ahead(most, 0):
            done = block.offsets[:step]
            cursor.advance(done[-1] + 1)
            found += done
    assert cursor.is_at_end
    return found


@given(OFFSETS, st.integers(0, 60), st.integers(0, 60), st.integers(1, 9), st.lists(st.integers(1, 9), max_size=9))
async def test_it_gives_what_stands_between_its_start_and_its_end_once(
    offsets: list[int], start: int, end: int, most: int, steps: list[int]
) -> None:
    reader = Reader(cast(AIOKafkaConsumer, Log(offsets, 61)), HERE)
    found = await _read(Cursor(reader, start, end), most, steps)
    assert found == [offset for offset in offsets if start <= offset < end]


@given(OFFSETS, st.integers(1, 5))
async def test_two_that_share_a_client_do_not_disturb_each_other(offsets: list[int], most: int) -> None:
    reader = Reader(cast(AIOKafkaConsumer, Log(offsets, 61)), HERE)
    cursors = [Cursor(reader, 0, 61), Cursor(reader, 20, 50)]
    found: list[list[int]] = [[], []]
    while not all(cursor.is_at_end for cursor in cursors):
        for cursor, mine in zip(cursors, found, strict=True):
            if block := await cursor.ahead(most, 0):
                cursor.advance(block.offsets[-1] + 1)
                mine.extend(block.offsets)
    assert found == [offsets, [offset for offset in offsets if 20 <= offset < 50]]


async def test_what_was_not_advanced_over_is_given_again() -> None:
    cursor = Cursor(Reader(cast(AIOKafkaConsumer, Log([3, 4, 7], 9)), HERE), 0)
    first, again = await cursor.ahead(2, 0), await cursor.ahead(2, 0)
    assert first is not None
    assert again is not None
    assert (first.offsets, again.offsets, cursor.position) == ([3, 4], [3, 4], 0)
    assert [cursor.after(offset) for offset in (3, 4, 5)] == [3, 4, 7]


async def test_a_jump_passes_over_what_is_not_wanted() -> None:
    cursor = Cursor(Reader(cast(AIOKafkaConsumer, Log([3, 4, 7, 20], 30)), HERE), 0)
    await cursor.ahead(2, 0)
    cursor.jump(10)
    block = await cursor.ahead(9, 0)
    assert block is not None
    assert (block.offsets, cursor.position) == ([20], 10)
