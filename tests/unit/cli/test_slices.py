"""A day is told with what each promise came to, whoever is called or not."""

from __future__ import annotations

import json

from assay.api.alerts.v1.alerts_pb2 import Measurement
from assay.api.warehouse.v1.warehouse_pb2 import LOAD_OUTCOME_LOADED, RunSliceResponse
from assay.cli.slices import as_json, broken, in_words

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
