"""What panes tell of a raw partition, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from assay.alerts.panes import PartitionState, progress
from assay.alerts.panes.progress import AHEAD_MS, Seen
from assay.api.validation.v1.pane_pb2 import Pane
from tests.unit.alerts.panes.panes import NOW_MS, minute, pane

LATER_MS = NOW_MS + 1_000


def went_on(state: PartitionState | None, panes: Sequence[Pane], now_ms: int) -> PartitionState:
    place = (panes[0].topic, panes[0].partition)
    return progress.went_on(state, place, [*map(Seen.of, panes)], now_ms)


def counted(after: int = 10, **told: int) -> Pane:
    return pane(minute(1, last_event_ms=60_000), first=after - 10, after=after, **told)  # type: ignore[arg-type]  # numbers of a pane


def test_a_pane_that_counts_moves_its_partition() -> None:
    state = went_on(went_on(None, [counted(10)], NOW_MS), [counted(20, log_end=25, arrived_ms=LATER_MS)], LATER_MS)
    assert (state.next_offset, state.log_end, state.moved_ms, state.seen_ms) == (20, 25, LATER_MS, LATER_MS)
    assert (state.max_event_ms, state.max_arrived_ms, state.last_valid_ms) == (60_000, LATER_MS, LATER_MS)


def test_a_heartbeat_says_that_somebody_is_there_and_moves_nothing() -> None:
    before = went_on(None, [counted(10)], NOW_MS)
    state = went_on(before, [pane(first=10, after=10, at_ms=LATER_MS)], LATER_MS)
    assert (state.seen_ms, state.at_ms, state.moved_ms) == (LATER_MS, LATER_MS, NOW_MS)
    assert state.max_event_ms == before.max_event_ms


def test_a_heartbeat_of_somebody_who_lost_the_partition_takes_nothing_back() -> None:
    before = went_on(None, [counted(20)], NOW_MS)
    state = went_on(before, [pane(first=10, after=10, at_ms=NOW_MS - 1)], LATER_MS)
    assert (state.next_offset, state.at_ms, state.seen_ms) == (20, NOW_MS, LATER_MS)


def test_a_topic_that_was_made_anew_begins_at_its_start() -> None:
    before = went_on(None, [counted(500)], NOW_MS)
    assert went_on(before, [pane(at_ms=LATER_MS)], LATER_MS).next_offset == 0
    state = went_on(before, [counted(10)], LATER_MS)
    assert (state.next_offset, state.moved_ms, state.max_event_ms) == (10, LATER_MS, 60_000)


def test_an_event_of_the_far_future_counts_and_says_nothing_of_event_time() -> None:
    far = minute(99, last_event_ms=NOW_MS + AHEAD_MS + 1)
    state = went_on(None, [pane(minute(1, last_event_ms=60_000), far, after=2)], NOW_MS)
    assert (state.max_event_ms, state.last_valid_event_ms) == (60_000, 60_000)
    near = minute(99, last_event_ms=NOW_MS + AHEAD_MS)
    assert went_on(state, [pane(near, after=3)], NOW_MS).max_event_ms == NOW_MS + AHEAD_MS


def test_how_far_arrivals_were_stands_with_the_newest_event_time() -> None:
    before = went_on(None, [counted(10, arrived_ms=NOW_MS)], NOW_MS)
    state = went_on(before, [pane(minute(1), after=20, arrived_ms=LATER_MS)], LATER_MS)
    assert (state.max_event_ms, state.event_arrived_ms, state.max_arrived_ms) == (60_000, NOW_MS, LATER_MS)


def test_what_is_refused_is_no_valid_record() -> None:
    state = went_on(None, [pane(minute(1, 0, 3, last_event_ms=60_000), after=3)], NOW_MS)
    assert (state.last_valid_ms, state.last_valid_event_ms, state.max_event_ms) == (None, None, 60_000)


def test_panes_of_one_chunk_tell_what_they_tell_one_by_one() -> None:
    panes = [pane(), counted(10, at_ms=NOW_MS), pane(first=10, after=10), counted(20, at_ms=LATER_MS)]
    one_by_one = None
    for each in panes:
        one_by_one = went_on(one_by_one, [each], NOW_MS)
    assert went_on(None, panes, NOW_MS) == one_by_one
