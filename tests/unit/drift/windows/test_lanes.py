"""How partitions of a model's logs stand, and up to which event time they are complete."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.drift.v1 import pane_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.windows.judged import Watched
from assay.drift.windows.lanes import Lane, Reach, went_on
from assay.drift.windows.turn import Turn, mark_of, stands_of
from assay.streaming import Partition
from assay.streaming.standing import AHEAD_MS, Bounds, Standing, standing
from tests.unit.drift.windows.merged import NOW_MS, a_model

MODEL = a_model(Monitoring(window_s=300, hop_s=300), partitions=2)
LEAD = MODEL.predictions.topics.validated
LABELS = "churn.labels.validated"
OLD_MS = 1_360_000_000_000
BOUNDS = Bounds(dead_s=20, stuck_s=30)


def pane(
    *logs: tuple[str, int, int, int], event_ms: int | None = None, at_ms: int = NOW_MS, starts: tuple[int, ...] = ()
) -> pb.DriftPane:
    """A pane of spans (topic, first, next, end)."""
    made = pb.DriftPane(model="churn", partition=0, at_ms=at_ms, max_event_ms=event_ms)
    if event_ms is not None:
        made.max_arrived_ms = at_ms
    for topic, first, after, end in logs:
        made.logs.add(topic=topic, first_offset=first, next_offset=after, log_end=end)
    for start in starts:
        made.slices.add(start_ms=start)
    return made


def lane(*panes: pb.DriftPane, now_ms: int = NOW_MS) -> Lane:
    found: Lane | None = None
    for each in panes:
        found = went_on(found, each, now_ms)
    assert found is not None
    return replace(found, lead=LEAD)


def stands(of: Lane, later_ms: int = 0) -> Standing:
    return standing(of, NOW_MS + later_ms, 30, BOUNDS)


def test_offsets_are_sums_over_the_logs() -> None:
    found = lane(pane((LEAD, 0, 10, 12), (LABELS, 0, 5, 5)), pane((LEAD, 10, 11, 12), (LABELS, 5, 5, 9)))
    assert (found.next_offset, found.log_end, found.logs) == (16, 21, {LEAD: Reach(11, 12), LABELS: Reach(5, 9)})


def test_a_partition_rests_though_labels_come() -> None:
    before = lane(pane((LEAD, 0, 10, 10), event_ms=OLD_MS))
    assert stands(before) is Standing.MOVING
    after = went_on(before, pane((LABELS, 0, 5, 500)), NOW_MS + 31_000)
    assert after is not None
    assert stands(after, 31_000) is Standing.IDLE


def test_a_partition_in_which_predictions_wait_does_not_rest() -> None:
    waiting = went_on(lane(pane((LEAD, 0, 10, 20), event_ms=OLD_MS)), pane((LABELS, 0, 5, 5)), NOW_MS + 31_000)
    assert waiting is not None
    assert stands(waiting, 31_000) is Standing.MOVING


def test_a_partition_in_which_nothing_goes_on_though_records_wait_is_stuck() -> None:
    before = lane(pane((LEAD, 0, 10, 20), event_ms=OLD_MS))
    beaten = went_on(before, pane((LEAD, 10, 10, 30)), NOW_MS + 31_000)
    assert beaten is not None
    assert stands(beaten, 31_000) is Standing.STUCK


def test_a_partition_of_which_nobody_speaks_is_dead() -> None:
    assert stands(lane(pane((LEAD, 0, 10, 10), event_ms=OLD_MS)), 20_001) is Standing.DEAD


def test_a_partition_without_a_prediction_yet_is_awaited_as_others_are() -> None:
    blank = lane(pane((LEAD, 0, 0, 0)), pane((LABELS, 0, 9, 9)))
    heard = replace(blank, seen_ms=NOW_MS + 30_001)
    assert [stands(blank), stands(heard, 30_001)] == [Standing.MOVING, Standing.IDLE]


def test_no_window_closes_before_a_partition_that_is_validated_late_has_its_first_predictions() -> None:
    first, blank = lane(pane((LEAD, 0, 10, 10), event_ms=OLD_MS)), second(lane(pane((LEAD, 0, 0, 0))))
    later = went_on(blank, pane((LEAD, 0, 10, 10), event_ms=OLD_MS - 5), NOW_MS)
    assert later is not None
    assert [watermark_of(first, blank), watermark_of(first, later)] == [None, OLD_MS - 5 - 30_000]


def watermark_of(*lanes: Lane, now_ms: int = NOW_MS) -> int | None:
    turn = Turn(MODEL, now_ms, BOUNDS, None)
    return mark_of(turn, Watched("churn", NOW_MS, 0), lanes)


def second(of: Lane, **changes: int) -> Lane:
    return replace(of, partition=1, **changes)  # type: ignore[arg-type]  # fields of a lane


def test_the_watermark_waits_for_every_partition_that_moves() -> None:
    first = lane(pane((LEAD, 0, 10, 10), event_ms=OLD_MS))
    assert watermark_of(first) is None
    assert watermark_of(first, second(first, max_event_ms=OLD_MS - 5)) == OLD_MS - 5 - 30_000


def test_a_partition_that_rests_holds_no_window() -> None:
    first = lane(pane((LEAD, 0, 10, 10), event_ms=OLD_MS))
    rests = second(first, max_event_ms=OLD_MS - 5, predicted_ms=NOW_MS - 3_600_001)
    assert stands_of(MODEL, [first, rests], NOW_MS, BOUNDS, NOW_MS)[Partition("churn", 1)] is Standing.IDLE
    assert watermark_of(first, rests) == OLD_MS - 30_000


@pytest.mark.parametrize("changes", [{"seen_ms": NOW_MS - 20_001}, {"log_end": 11, "moved_ms": NOW_MS - 30_001}])
def test_a_partition_that_is_dead_or_stuck_holds_it(changes: dict[str, int]) -> None:
    first = lane(pane((LEAD, 0, 10, 10), event_ms=OLD_MS))
    assert watermark_of(first, second(first, **changes)) is None


def test_a_prediction_of_the_far_future_says_nothing_of_event_time() -> None:
    far_ms = NOW_MS + AHEAD_MS + 1
    found = lane(pane((LEAD, 0, 2, 2), event_ms=far_ms, starts=(OLD_MS, far_ms)))
    assert found.max_event_ms == OLD_MS
    assert lane(pane((LEAD, 0, 2, 2), event_ms=far_ms - 1)).max_event_ms == far_ms - 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.data())
def test_each_pane_is_taken_once_however_often_it_comes(sizes: list[int], data: st.DataObject) -> None:
    panes, at = [], 0
    for size in sizes:
        panes.append(pane((LEAD, at, at + size, sum(sizes))))
        at += size
    found, taken = None, 0
    for number, each in enumerate(panes):
        for again in [*panes[: number + 1], each] if data.draw(st.booleans()) else [each]:
            after = went_on(found, again, NOW_MS)
            found, taken = (after, taken + 1) if after is not None else (found, taken)
    assert taken == len(sizes)
    assert found is not None
    assert found.next_offset == sum(sizes)
