"""A day is told with what each promise came to, whoever is called or not."""

from __future__ import annotations

import json

from assay.api.alerts.v1.alerts_pb2 import Measurement
from assay.api.warehouse.v1.warehouse_pb2 import LOAD_OUTCOME_LOADED, CheckedDay, RunSliceResponse
from assay.cli.slices import as_json, broken, days_as_json, days_in_words, in_words

ANSWER = RunSliceResponse(
    outcome=LOAD_OUTCOME_LOADED,
    rows=3,
    measurements=[
        Measurement(promise="known", promised="at most 20 %", measured="51 %", value=51.0, kept=False),
        Measurement(promise="sent", promised="at least 1", measured="3", value=3.0, kept=True),
        Measurement(promise="none", promised="at most 1 %", measured="no records"),
    ],
)


def test_promise_that_calls_nobody_is_broken_all_the_same() -> None:
    assert broken(ANSWER)
    assert [line.strip().partition(":")[0] for line in in_words("flights", "2013-02-08", ANSWER)][1:] == [
        "broken",
        "kept",
        "not held to anything",
    ]


def test_day_is_one_object_in_json() -> None:
    told = json.loads(as_json("flights", "2013-02-08", ANSWER))

    assert (told["contract"], told["day"], told["outcome"], told["rows"]) == ("flights", "2013-02-08", "loaded", 3)
    assert [one["kept"] for one in told["promises"]] == [False, True, None]


DAYS = [
    CheckedDay(day="2013-02-07", checked_rows=5, rows=5),
    CheckedDay(day="2013-02-08", checked_rows=1_000, rows=1_003, recovered_rows=3, held=True, grown=True),
]


def test_day_that_has_grown_is_told_with_what_to_do() -> None:
    assert list(days_in_words("flights", DAYS)) == [
        "2013-02-07: 5 rows, 0 of them recovered",
        "2013-02-08: 1,003 rows, 3 of them recovered; held back; grown since it was checked with 1,000",
        "`assay sla run flights DAY` checks and loads a day that has grown again",
    ]


def test_days_are_one_object_in_json() -> None:
    told = json.loads(days_as_json("flights", DAYS))

    assert told["contract"] == "flights"
    assert [(one["day"], one["rows"], one["grown"]) for one in told["days"]] == [
        ("2013-02-07", 5, False),
        ("2013-02-08", 1_003, True),
    ]


def test_no_day_is_said() -> None:
    assert list(days_in_words("flights", [])) == ["flights: no such day"]
