"""What belongs together lies within the horizon, in whatever order it comes; what comes twice counts once, however late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts.model_log import Role
from assay.drift.counting import desk
from assay.monitoring.skew import SkewCounts
from tests.unit.drift.counting.logs import BEGIN_MS, Book, Logs, stamp, summed, watched
from tests.unit.drift.counting.stories import HOUR_MS, METRICS, MONITORING, batch

SHORT = replace(MONITORING, segments=(), lateness_s=0, horizon_s=3600)
TWICE = 1_500
Fact = tuple[Role, prediction_pb2.Prediction | outcome_pb2.Outcome | outcome_pb2.SkewSample | outcome_pb2.Label]


def predicted(name: str, after_ms: int, user: str = "u1") -> Fact:
    message = prediction_pb2.Prediction(prediction_id=name, predicted_at=stamp(BEGIN_MS + after_ms), model_version="1")
    message.status, message.variant, message.user = "ok", "a", user
    return "predictions", message


def clicked(name: str, after_ms: int, variant: str = "", user: str = "") -> Fact:
    at = stamp(BEGIN_MS + after_ms)
    message = outcome_pb2.Outcome(prediction_id=name, observed_at=at, outcome_id="o1", name="click", count=1)
    message.variant, message.user = variant, user
    return "outcomes", message


def sampled(name: str, after_ms: int) -> Fact:
    at = stamp(BEGIN_MS + after_ms)
    return "skew", outcome_pb2.SkewSample(
        prediction_id=name, sampled_at=at, model_version="1", feature="tenure", online_number=1.0, offline_number=2.0
    )


async def counted(folder: Path, facts: Sequence[Fact]) -> dict[object, object]:
    """What facts come to that are read one by one, each in a transaction of its own."""
    logs = Logs(watched(SHORT, layout="rows"), folder, Book(None))
    await logs.start()
    for role, message in facts:
        logs.add(role, message)
        await logs.chunk([(logs.model.logs[role].topics.validated, 1)])
    await logs.stop()
    return summed(logs.panes, "binary")


def clicks(found: dict[object, object]) -> int:
    """What all users clicked."""
    mine = [key for key in found if isinstance(key, tuple) and key[-1] == "numerator" and METRICS[0].name in key]
    return sum(int(str(found[key])) for key in mine) >> 1074


@pytest.mark.parametrize("layout", ["columns", "rows"])
async def test_an_id_that_is_said_a_thousand_times_at_once_counts_once(tmp_path: Path, layout: str) -> None:
    logs = Logs(watched(replace(MONITORING, segments=()), layout=layout), tmp_path, Book(None))
    rows = [
        prediction_pb2.Prediction(
            prediction_id="p", predicted_at=stamp(BEGIN_MS), model_version="1", status="ok", score=0.5, label="no"
        )
        for _ in range(TWICE)
    ]
    if layout == "rows":
        for each in rows:
            logs.add("predictions", each)
    else:
        vectors = [prediction_pb2.FeatureVector(numbers=[1.0], texts=["free"]) for _ in rows]
        logs.add("predictions", batch(rows, vectors))

    await logs.undisturbed()

    (operations,) = (value for key, value in summed(logs.panes, "binary").items() if "operations" in str(key))
    assert operations.statuses == {"ok": 1}  # type: ignore[attr-defined]  # they are counts of operations


async def test_what_comes_again_once_its_prediction_is_past_is_not_counted_again(tmp_path: Path) -> None:
    late = [predicted("p", 0), clicked("p", HOUR_MS // 2, variant="a", user="u1"), sampled("p", HOUR_MS // 2)]
    once = await counted(tmp_path / "once", [*late, predicted("q", HOUR_MS + 2)])
    twice = await counted(tmp_path / "twice", [*late, predicted("q", HOUR_MS + 2), *late[1:]])

    assert clicks(once) == 1
    assert [each.joined for each in once.values() if isinstance(each, SkewCounts)] == [1]
    assert twice == once


async def test_an_outcome_past_the_horizon_is_not_its_predictions_in_whatever_order_they_come(tmp_path: Path) -> None:
    prediction, outcome, later = predicted("p", 0), clicked("p", HOUR_MS + 1), predicted("q", 3 * HOUR_MS)
    near = clicked("p", HOUR_MS)

    for number, facts in enumerate(([prediction, outcome], [outcome, prediction])):
        found = await counted(tmp_path / str(number), [*facts, later])
        assert (clicks(found), found[("unmatched",)]) == (0, 1)
    for number, facts in enumerate(([prediction, near], [near, prediction]), 2):
        found = await counted(tmp_path / str(number), [*facts, later])
        assert (clicks(found), found[("unmatched",)]) == (1, 0)


@pytest.mark.parametrize("crash", ["", "before", "between"])
@pytest.mark.parametrize("is_lost", [True, False], ids=["file lost", "file kept"])
async def test_what_expires_at_once_is_unmatched_once_however_it_crashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash: str, *, is_lost: bool
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 2)
    logs = Logs(watched(SHORT, layout="rows"), tmp_path / "joins", Book(None))
    labels, predictions = (logs.model.logs[role].topics.validated for role in ("labels", "predictions"))
    for number in range(10):
        logs.add("labels", outcome_pb2.Label(prediction_id=f"l{number}", labelled_at=stamp(BEGIN_MS), label="yes"))
    for hours in (2, 3):
        logs.add(*predicted(f"p{hours}", hours * HOUR_MS))
    await logs.start()
    await logs.chunk([(labels, 10)])
    await logs.chunk([(predictions, 1)], crash=crash)
    if crash:
        await logs.start(tmp_path / "new" if is_lost else None)
    while not logs.is_done:
        await logs.chunk([(predictions, 1)])
    await logs.stop()

    assert summed(logs.panes, "binary")[("unmatched",)] == 10


async def test_an_instant_that_no_clock_shows_holds_no_partition_up(tmp_path: Path) -> None:
    logs = Logs(watched(replace(MONITORING, segments=()), layout="rows"), tmp_path, Book(None))
    _, message = predicted("p", 0)
    assert isinstance(message, prediction_pb2.Prediction)
    message.predicted_at.CopyFrom(Timestamp(seconds=BEGIN_MS // 1000, nanos=-5))
    logs.add("predictions", message)
    logs.add(*predicted("q", 0))

    await logs.undisturbed()

    assert logs.is_done
