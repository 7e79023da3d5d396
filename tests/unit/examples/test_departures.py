from __future__ import annotations

from itertools import islice

import pytest

from assay.examples.flights import Departure, departures


@pytest.fixture(scope="module")
def january() -> list[Departure]:
    return list(departures(1))


def test_a_month_is_what_the_table_has(january: list[Departure]) -> None:
    assert len(january) == 27_004


def test_records_come_in_event_time_order(january: list[Departure]) -> None:
    times = [str(departure.record["scheduled_departure"]) for departure in january]

    assert times == sorted(times)


def test_a_row_is_a_record_of_whole_numbers_and_utc_times(january: list[Departure]) -> None:
    assert january[0] == Departure(
        key="UA1545",
        record={
            "year": 2013, "month": 1, "day": 1, "dep_time": 517, "sched_dep_time": 515, "dep_delay": 2,
            "arr_time": 830, "sched_arr_time": 819, "arr_delay": 11, "carrier": "UA", "flight": 1545,
            "tailnum": "N14228", "origin": "EWR", "dest": "IAH", "air_time": 227, "distance": 1400,
            "hour": 5, "minute": 15, "time_hour": "2013-01-01T10:00:00Z",
            "scheduled_departure": "2013-01-01T10:15:00Z",
        },
    )  # fmt: skip


def test_a_missing_value_is_none_and_never_the_text_na(january: list[Departure]) -> None:
    values = [value for departure in january for value in departure.record.values()]

    assert None in values
    assert "NA" not in values


def test_the_stream_can_be_read_twice() -> None:
    assert list(islice(departures(1), 3)) == list(islice(departures(1), 3))
