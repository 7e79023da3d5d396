"""How partitions stand, and how far event time is known to be complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.panes import Attention, Bounds, PartitionState, Standing, standing, standings, watermark
from assay.contracts import Watermark, load
from assay.streaming import Partition
from assay.testkit.builders import contract_text
from tests.unit.alerts.panes.panes import NOW_MS

CONTRACT = replace(
    load(contract_text("orders")), partitions=2, event_time="at", watermark=Watermark(delay_s=30, idle_s=30)
)
RAW = CONTRACT.topics.raw_app or ""
BOUNDS = Bounds(dead_s=20, stuck_s=30)
OLD_MS = 1_360_000_000_000
"""An event of 2013, as in a replay of old records."""
DELAY_MS = 30_000


def state(partition: int = 0, topic: str = RAW, *, behind: int = 0, **known: int | None) -> PartitionState:
    """A partition on which a record came just now, with an event of 2013; so many records wait."""
    told = {
        "at_ms": NOW_MS,
        "seen_ms": NOW_MS,
        "moved_ms": NOW_MS,
        "max_event_ms": OLD_MS,
        "event_arrived_ms": NOW_MS,
        "max_arrived_ms": NOW_MS,
    }
    return PartitionState(topic, partition, next_offset=10, log_end=10 + behind, **(told | known))  # type: ignore[arg-type]  # each test gives what it is about


def mark(states: Sequence[PartitionState], before_ms: int | None = None, now_ms: int = NOW_MS) -> int | None:
    found = standings(CONTRACT, states, now_ms, BOUNDS, known_ms=0)
    return watermark(CONTRACT, states, found, before_ms)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (state(), Standing.MOVING),
        (state(moved_ms=NOW_MS - 30_000), Standing.MOVING),
        (state(moved_ms=NOW_MS - 30_001), Standing.IDLE),
        (state(behind=1, moved_ms=NOW_MS - 30_000), Standing.MOVING),
        (state(behind=1, moved_ms=NOW_MS - 30_001), Standing.STUCK),
        (state(seen_ms=NOW_MS - 20_000), Standing.MOVING),
        (state(seen_ms=NOW_MS - 20_001), Standing.DEAD),
        (state(max_arrived_ms=None, max_event_ms=None), Standing.IDLE),
        (state(behind=1, max_arrived_ms=None, max_event_ms=None), Standing.MOVING),
        (state(at_ms=NOW_MS - 3_600_000), Standing.MOVING),
        (state(at_ms=NOW_MS + 3_600_000), Standing.MOVING),
    ],
    ids=[
        "a record came", "silent up to the bound", "silent for longer", "records wait up to the bound",
        "records wait for longer", "last heard of at the bound", "last heard of before it", "never a record",
        "its first records wait", "the clock of validation is behind", "the clock of validation is ahead",
    ],
)  # fmt: skip
def test_a_partition_stands_as_its_panes_and_their_absence_say(seen: PartitionState, expected: Standing) -> None:
    assert standing(seen, NOW_MS, 30, BOUNDS) is expected


def test_nobody_is_silent_for_what_was_not_listened_to() -> None:
    quiet = state(behind=1, seen_ms=NOW_MS - 3_600_000, moved_ms=NOW_MS - 3_600_000)
    assert standing(quiet, NOW_MS, 30, replace(BOUNDS, since_ms=NOW_MS - 20_000)) is Standing.MOVING
    assert standing(quiet, NOW_MS, 30, replace(BOUNDS, since_ms=NOW_MS - 20_001)) is Standing.DEAD


def test_a_partition_of_which_nothing_was_heard_is_dead_once_its_time_is_over() -> None:
    other = Partition(RAW, 1)
    assert standings(CONTRACT, [state()], NOW_MS, BOUNDS, NOW_MS - 20_000)[other] is Standing.MOVING
    assert standings(CONTRACT, [state()], NOW_MS, BOUNDS, NOW_MS - 20_001)[other] is Standing.DEAD


def test_what_recovery_sends_back_has_no_standing_and_moves_no_watermark() -> None:
    back = state(topic=CONTRACT.topics.raw_replay, max_event_ms=NOW_MS)
    states = [state(), state(1), back]
    assert len(standings(CONTRACT, states, NOW_MS, BOUNDS, 0)) == 2
    assert mark(states) == OLD_MS - DELAY_MS


def test_looking_again_after_a_gap_starts_anew() -> None:
    attention = Attention(NOW_MS, NOW_MS).at(NOW_MS + 5_000)
    assert attention.since_ms == NOW_MS
    assert attention.at(NOW_MS + 10_001).since_ms == NOW_MS + 10_001
    assert attention.at(NOW_MS).since_ms == NOW_MS


def test_the_partition_that_is_least_far_decides() -> None:
    assert mark([state(), state(1, max_event_ms=OLD_MS - 7)]) == OLD_MS - 7 - DELAY_MS


def test_an_idle_partition_is_left_out() -> None:
    idle = state(1, max_event_ms=OLD_MS - 7, moved_ms=NOW_MS - 40_000)
    assert mark([state(), idle]) == OLD_MS - DELAY_MS


def test_a_partition_that_never_had_a_record_is_left_out() -> None:
    empty = state(1, max_event_ms=None, event_arrived_ms=None, max_arrived_ms=None)
    assert mark([state(), empty]) == OLD_MS - DELAY_MS
    assert mark([empty, replace(empty, partition=0)]) is None


def test_a_partition_whose_first_records_wait_holds_the_watermark() -> None:
    waiting = state(1, behind=3, max_event_ms=None, event_arrived_ms=None, max_arrived_ms=None)
    assert mark([state(), waiting]) is None
    assert mark([state(), waiting], before_ms=5) == 5


@pytest.mark.parametrize("held", [state(1, seen_ms=0), state(1, behind=1, moved_ms=0)], ids=["dead", "stuck"])
def test_a_dead_or_stuck_partition_holds_the_watermark(held: PartitionState) -> None:
    assert mark([state(), held], before_ms=5) == 5


def test_when_all_are_idle_event_time_goes_on_at_the_pace_of_the_wall_clock() -> None:
    idle = [
        state(each, event_arrived_ms=NOW_MS - 60_000, max_arrived_ms=NOW_MS - 60_000, moved_ms=0) for each in (0, 1)
    ]
    assert mark(idle) == OLD_MS + 60_000 - DELAY_MS
    assert mark([replace(each, at_ms=NOW_MS + 5_000) for each in idle]) == OLD_MS + 65_000 - DELAY_MS


def test_records_without_an_event_time_move_it_on_by_when_they_arrived() -> None:
    assert mark([state(), state(1, event_arrived_ms=NOW_MS - 9_000)]) == OLD_MS - DELAY_MS
    both = [state(each, event_arrived_ms=NOW_MS - 9_000) for each in (0, 1)]
    assert mark(both) == OLD_MS + 9_000 - DELAY_MS


def test_where_no_record_ever_had_an_event_time_arrival_decides() -> None:
    timeless = [state(each, max_event_ms=None, event_arrived_ms=None) for each in (0, 1)]
    assert mark(timeless) == NOW_MS - DELAY_MS
    assert mark([timeless[0], state(1)]) == OLD_MS - DELAY_MS
    assert mark([timeless[0], state(1, moved_ms=0)]) == OLD_MS - DELAY_MS


def test_a_contract_without_event_time_goes_by_arrival() -> None:
    states, contract = [state(), state(1, max_arrived_ms=NOW_MS - 7)], replace(CONTRACT, event_time=None)
    found = standings(contract, states, NOW_MS, BOUNDS, 0)
    assert watermark(contract, states, found, None) == NOW_MS - 7 - DELAY_MS


TIMES = st.integers(0, 100_000)
STATES = st.builds(
    lambda number, behind, event, arrived, moved, seen: state(
        number, behind=behind, max_event_ms=event, event_arrived_ms=None if event is None else arrived,
        max_arrived_ms=arrived, moved_ms=moved, seen_ms=seen,
    ),
    st.integers(0, 1), st.integers(0, 1), st.none() | TIMES, TIMES, TIMES, TIMES,
)  # fmt: skip


@given(st.lists(st.tuples(st.lists(STATES, max_size=2, unique_by=lambda each: each.partition), TIMES)))
def test_it_never_goes_back(story: Sequence[tuple[Sequence[PartitionState], int]]) -> None:
    found: list[int | None] = [None]
    for states, now_ms in story:
        found.append(mark(states, found[-1], now_ms))
    told = [ms for ms in found if ms is not None]
    assert told == sorted(told)
    assert None not in found[found.index(told[0]) :] if told else True
