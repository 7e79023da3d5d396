"""A day is what the clocks of its time zone say."""

from __future__ import annotations

from itertools import pairwise

import pytest

from assay.warehouse.day import Day
from assay.warehouse.errors import DayError

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("day", "timezone", "hours"),
    [
        ("2013-02-08", "America/New_York", 24),
        ("2013-03-10", "America/New_York", 23),
        ("2013-11-03", "America/New_York", 25),
        ("2018-11-04", "America/Sao_Paulo", 23),  # clocks skip midnight
        ("2021-10-31", "Atlantic/Azores", 25),  # clocks repeat midnight
        ("2011-12-30", "Pacific/Apia", 0),  # the day was left out
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(day: str, timezone: str, hours: float) -> None:
    found = Day.parse(day, timezone)
    assert (found.end_ms - found.start_ms) / HOUR_MS == hours


@pytest.mark.parametrize("timezone", ["America/Sao_Paulo", "Atlantic/Azores", "Pacific/Apia", "UTC"])
def test_days_follow_one_another_without_gap(timezone: str) -> None:
    days = [Day.parse(f"2018-{month:02}-{day:02}", timezone) for month in (2, 10, 11) for day in range(1, 29)]
    pairs = [(one, two) for one, two in pairwise(days) if one.date.month == two.date.month]
    assert all(one.end_ms == two.start_ms for one, two in pairs)


@pytest.mark.parametrize("text", ["2013-2-8", "20130208", "2013-W06-5", "2013-02-30", "", "today", "9999-12-31"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(DayError, match="write it as YYYY-MM-DD") as refused:
        Day.parse(text, "UTC")
    assert refused.value.day == text
