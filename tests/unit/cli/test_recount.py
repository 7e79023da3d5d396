from __future__ import annotations

import pytest

from assay.cli.demo.recount import ExpectedDay, ExpectedFlights, recount
from assay.examples.flights import departures


@pytest.fixture(scope="module")
def two_months() -> ExpectedFlights:
    return recount(departure.record for departure in departures(2))


def test_january_and_february_have_the_faults_they_are_known_for(two_months: ExpectedFlights) -> None:
    assert (two_months.rows, two_months.without_plane, two_months.landed_without_delay) == (51_955, 601, 119)


def test_the_blizzard_breaks_the_promise_on_two_days_only(two_months: ExpectedFlights) -> None:
    assert [(day.day, round(day.percent)) for day in two_months.broken] == [("2013-02-08", 51), ("2013-02-09", 57)]


def test_two_broken_days_in_a_row_are_one_breach(two_months: ExpectedFlights) -> None:
    assert (two_months.fired, two_months.resolved) == (1, 1)


def test_a_breach_on_the_last_day_is_not_resolved() -> None:
    kept, broken = ExpectedDay("2013-01-01", 100, 0), ExpectedDay("2013-01-02", 100, 21)

    expected = ExpectedFlights(200, 0, 0, (kept, broken))

    assert (expected.fired, expected.resolved) == (1, 0)


def test_a_day_at_the_limit_keeps_the_promise() -> None:
    assert not ExpectedDay("2013-01-01", 100, 20).broken


def test_a_day_ends_at_midnight_in_new_york() -> None:
    record: dict[str, str | int | None] = {
        "tailnum": "N1",
        "arr_time": 1,
        "arr_delay": 0,
        "scheduled_departure": "2013-01-02T04:59:00Z",
    }

    assert [day.day for day in recount([record]).days] == ["2013-01-01"]
