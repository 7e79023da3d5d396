"""Batches, room and back-off."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.client.backoff import backoff_s
from assay.client.batch import Pending, take_batch
from assay.client.room import Room


def pending(size_bytes: int) -> Pending:
    return Pending(pb.Event(), size_bytes, 0.0, None)


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 8), st.integers(1, 100))
def test_batches_hold_every_event_once_in_order_and_within_limits(
    sizes: list[int], events: int, size_bytes: int
) -> None:
    waiting = deque(pending(size) for size in sizes)
    batches: list[list[int]] = []
    while waiting:
        batches.append([one.size_bytes for one in take_batch(waiting, events, size_bytes)])

    assert [size for batch in batches for size in batch] == sizes
    assert all(1 <= len(batch) <= events and (sum(batch) <= size_bytes or len(batch) == 1) for batch in batches)


@given(st.floats(0, 1))
def test_waits_double_up_to_the_longest_and_are_cut_by_half_at_most(chance: float) -> None:
    waits = list(islice(backoff_s(0.1, 1.0, lambda: chance), 8))

    assert all(full / 2 <= wait <= full for wait, full in zip(waits, (0.1, 0.2, 0.4, 0.8, 1, 1, 1, 1), strict=True))


async def test_room_is_bounded_by_events_and_by_bytes() -> None:
    room = Room(2, 100)
    room.take(60)

    assert (room.has(40), room.has(41)) == (True, False)
    room.take(1)
    assert not room.has(1)


async def test_freed_room_wakes_who_waits() -> None:
    room = Room(1, 100)
    room.take(1)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(room.wait())
        await asyncio.sleep(0)
        room.free(1, 1)

    assert waiting.done()
    assert room.has(100)
