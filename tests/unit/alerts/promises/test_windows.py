"""Every window closes once, in bounded turns, and the empty years between a replay and today are passed by."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.promises.windows import EMPTY_RUN, LONGEST_EMPTY, MOST_WINDOWS, Span, plan, touched
from assay.contracts import Window

MINUTE_MS = 60_000
DAY_MS = 86_400_000
FIVE, DAY, MINUTE = Window("PT5M"), Window("P1D"), Window("PT1M")
START_MS = 1_700_000_000_000 // DAY_MS * DAY_MS
NEW_YORK = "America/New_York"


def all_closed(
    lengths: list[Window], done_ms: int, mark_ms: int, next_ms: int | None
) -> tuple[list[tuple[Window, Span]], int]:
    closed: list[tuple[Window, Span]] = []
    while True:
        step = plan(lengths, "UTC", done_ms, mark_ms, next_ms if next_ms is not None and next_ms > done_ms else done_ms)
        closed += step.closed
        done_ms = step.to_ms
        if not step.has_more:
            return closed, done_ms


def test_windows_that_end_at_the_watermark_or_before_are_closed() -> None:
    step = plan([FIVE], "UTC", START_MS, START_MS + 14 * MINUTE_MS, START_MS)
    assert [span for _, span in step.closed] == [
        (START_MS, START_MS + 5 * MINUTE_MS), (START_MS + 5 * MINUTE_MS, START_MS + 10 * MINUTE_MS),
    ]  # fmt: skip
    assert (step.to_ms, step.has_more) == (START_MS + 14 * MINUTE_MS, False)


def test_nothing_closes_before_its_end() -> None:
    assert plan([FIVE], "UTC", START_MS, START_MS + 5 * MINUTE_MS - 1, START_MS).closed == ()


def test_a_day_ends_at_midnight_of_its_time_zone_also_where_clocks_change() -> None:
    first = int(datetime(2026, 3, 7, 12, tzinfo=UTC).timestamp() * 1000)
    step = plan([DAY], NEW_YORK, first, first + 3 * DAY_MS, first)
    assert [(end - start) // 3_600_000 for _, (start, end) in step.closed] == [24, 23, 24]


@given(
    st.lists(st.integers(0, 2_000), min_size=1, max_size=5),
    st.sampled_from([[FIVE], [FIVE, DAY], [MINUTE, Window("PT1H")]]),
)
def test_however_the_watermark_moves_each_window_closes_once(moves: list[int], lengths: list[Window]) -> None:
    done_ms, found, mark_ms = START_MS, list[tuple[Window, Span]](), START_MS
    for each in moves:
        mark_ms += each * 10_000
        closed, done_ms = all_closed(lengths, done_ms, mark_ms, done_ms)
        found += closed
    assert len(found) == len(set(found))
    wanted = {
        (length, (START_MS + at * step, START_MS + (at + 1) * step))
        for length in lengths
        for step in [(length.minutes or 1440) * MINUTE_MS]
        for at in range((mark_ms - START_MS) // step)
    }
    assert set(found) == wanted


def test_a_turn_is_bounded() -> None:
    step = plan([MINUTE], "UTC", START_MS, START_MS + 900 * MINUTE_MS, START_MS)
    assert (len(step.closed), step.has_more) == (MOST_WINDOWS, True)
    assert len(all_closed([MINUTE], START_MS, START_MS + 900 * MINUTE_MS, START_MS)[0]) == 900


def test_of_years_without_a_record_the_first_windows_close_and_the_others_are_passed_by() -> None:
    today_ms = START_MS + 4_000 * DAY_MS + 7 * 3_600_000
    step = plan([FIVE, DAY], "UTC", START_MS, today_ms + 30 * MINUTE_MS, today_ms)
    assert step.has_more
    assert [length for length, _ in step.closed].count(FIVE) == EMPTY_RUN
    assert [length for length, _ in step.closed].count(DAY) == EMPTY_RUN
    closed, _ = all_closed([FIVE, DAY], step.to_ms, today_ms + 30 * MINUTE_MS, today_ms)
    assert next(span[0] for length, span in closed if length == FIVE) == today_ms
    assert len(closed) == 6


def test_a_night_without_records_closes_whole() -> None:
    end_ms = START_MS + LONGEST_EMPTY * MINUTE_MS
    assert len(all_closed([MINUTE], START_MS, end_ms, end_ms)[0]) == LONGEST_EMPTY


def test_late_minutes_touch_the_closed_windows_that_hold_them() -> None:
    minute = START_MS // MINUTE_MS
    found = touched([FIVE, DAY], "UTC", START_MS + 10 * MINUTE_MS, [minute + 1, minute + 2, minute + 12])
    assert found == [(FIVE, (START_MS, START_MS + 5 * MINUTE_MS))]
