"""Dates and times of the standard, and those that only look like one."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Field
from assay.contracts.engine import validator
from assay.contracts.rfc3339 import is_date, is_date_time
from assay.contracts.schema import field_schema

TIMESTAMP = validator(field_schema(Field("x", "timestamp", required=True)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1998-12-31T23:59:60Z", True),
        ("1998-12-31T15:59:60.123-08:00", True),
        ("1998-12-31T23:58:60Z", False),
        ("1998-12-31T22:59:60Z", False),
        ("2013-01-11t11:11:11.123456789012z", True),
        ("2013-01-11 11:11:11Z", False),
        ("2013-01-11T11:11:11", False),
        ("2013-01-11T11:11:11+0000", False),
        ("2013-01-11T24:00:00Z", False),
        ("2013-01-11T11:11:11+24:00", False),
        ("2013-01-11T11:11:11.Z", False),
        ("2013-01-11T11:11:11Z\n", False),
        ("2013-02-29T00:00:00Z", False),
        ("2000-02-29T00:00:00Z", True),
        ("1900-02-29T00:00:00Z", False),
        ("0000-01-01T00:00:00Z", True),
        ("2013-01-1\u0661T00:00:00Z", False),
    ],
)
def test_timestamp_is_told_from_what_looks_like_one(text: str, expected: bool) -> None:
    assert is_date_time(text) is expected


@given(st.dates())
def test_every_day_of_the_calendar_is_a_date(day: datetime.date) -> None:
    assert is_date(day.isoformat())


@given(st.text(alphabet="0123456789-+:.TZtz", max_size=12))
def test_what_is_no_date_for_the_calendar_is_none(text: str) -> None:
    try:
        datetime.datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 -- a day has no zone
    except ValueError:
        assert not is_date(text) or text.startswith("0000")


@given(
    place=st.integers(0, 24),
    other=st.sampled_from("0123456789+-.:TZtz*,/ 69"),
    good=st.sampled_from(["2016-12-31T23:59:60Z", "2012-02-29T23:59:59.5+05:30", "2013-01-11T11:11:11-00:00"]),
)
def test_timestamp_of_a_contract_is_exactly_that_of_the_standard(place: int, other: str, good: str) -> None:
    edited = good[:place] + other + good[place + 1 :]
    assert TIMESTAMP.is_valid(edited) == is_date_time(edited)
