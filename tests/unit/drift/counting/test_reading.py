"""Records are read in the form of their contract; what can't be read is counted, said, and holds up nobody."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import orjson
import pytest
import structlog.testing
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import REGISTRY

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts.forms.avro_writer import record_writer
from assay.contracts.forms.protobuf_reader import MessageReader
from assay.contracts.frame import framed
from assay.drift.models import WatchedModel
from assay.streaming.record import Record
from tests.unit.drift.counting.logs import BEGIN_MS, FEATURES, Book, Logs, Reference, profile, stamp, summed, watched
from tests.unit.drift.counting.stories import MONITORING, story

HELD = Reference("r1", profile())


async def told(tmp_path: Path, layout: str, form: Literal["json", "avro"]) -> tuple[object, object]:
    """What a story comes to in Protobuf, and in another form."""
    model = watched(MONITORING, layout=layout)
    plain = Logs(model, tmp_path / "plain", Book(HELD))
    story(plain, random.Random(5), 12)
    logs = {role: replace(contract, form=form) for role, contract in model.logs.items()}
    other = Logs(replace(model, logs=logs), tmp_path / "other", Book(HELD))
    for topic, records in plain.records.items():
        other.records[topic] = [written(other.model, each) for each in records]

    await plain.undisturbed()
    await other.undisturbed()

    assert not other.step.unreadable
    return summed(other.panes, "binary"), summed(plain.panes, "binary")


def written(model: WatchedModel, record: Record) -> Record:
    """A record of Protobuf in the form of its contract."""
    contract = model.logs[model.topics[record.topic]]
    value = MessageReader(replace(contract, form="protobuf")).record(record.value or b"")
    write: Callable[[dict[str, object]], bytes] = orjson.dumps if contract.form == "json" else record_writer(contract)
    return record._replace(value=write(value))


@pytest.mark.parametrize("form", ["json", "avro"])
@pytest.mark.parametrize("layout", ["columns", "rows"])
async def test_every_form_comes_to_the_same_counts(tmp_path: Path, layout: str, form: Literal["json", "avro"]) -> None:
    other, plain = await told(tmp_path, layout, form)

    assert other == plain


async def test_a_frame_is_passed_over(tmp_path: Path) -> None:
    logs = Logs(watched(MONITORING, layout="rows"), tmp_path, Book(None))
    message = prediction_pb2.Prediction(
        prediction_id="p1", predicted_at=stamp(BEGIN_MS), model_version="1", status="ok"
    )
    logs.add("predictions", framed(message.SerializeToString(), 7, (0,)))

    await logs.undisturbed()

    assert sum(each.operations.statuses["ok"] for each in logs.panes[0].slices) == 1


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff\xff secret",
        prediction_pb2.PredictionBatch(prediction_id="secret", predicted_at=stamp(1)).SerializeToString(),
        prediction_pb2.PredictionBatch(prediction_id="secret", prediction_ids=["secret"]).SerializeToString(),
        prediction_pb2.PredictionBatch(
            prediction_id="secret", predicted_at=stamp(1), prediction_ids=["a"], offsets_ms=[1], scores=[1, 2]
        ).SerializeToString(),
        prediction_pb2.PredictionBatch(
            prediction_id="secret", predicted_at=Timestamp(seconds=2**62), prediction_ids=["a"], offsets_ms=[1]
        ).SerializeToString(),
        prediction_pb2.PredictionBatch(
            prediction_id="secret", predicted_at=stamp(1), prediction_ids=["a"], offsets_ms=[2**62]
        ).SerializeToString(),
    ],
    ids=["empty", "no message", "no rows", "no time", "columns of two lengths", "no year", "years apart"],
)
async def test_a_record_that_cannot_be_read_is_counted_and_said_without_its_content(
    tmp_path: Path, value: bytes
) -> None:
    logs = Logs(watched(MONITORING), tmp_path, Book(HELD))
    logs.add("predictions", value)
    story(logs, random.Random(1), 3)
    topic = logs.lead.topic
    before = REGISTRY.get_sample_value("assay_drift_records_unreadable_total", {"topic": topic}) or 0.0

    with structlog.testing.capture_logs() as said:
        await logs.undisturbed()

    assert logs.step.unreadable == {topic: 1}
    assert REGISTRY.get_sample_value("assay_drift_records_unreadable_total", {"topic": topic}) == before + 1
    assert [each["event"] for each in said] == ["record.unreadable"]
    assert "secret" not in str(said)
    assert logs.panes[0].slices


async def test_features_of_another_schema_are_not_counted_and_their_predictions_are(tmp_path: Path) -> None:
    logs = Logs(watched(MONITORING), tmp_path, Book(HELD))
    logs.add(
        "predictions",
        prediction_pb2.PredictionBatch(
            prediction_id="a",
            predicted_at=stamp(BEGIN_MS),
            model_version="1",
            prediction_ids=["a"],
            offsets_ms=[0],
            features=prediction_pb2.FeatureColumns(schema_id="another"),
        ),
    )

    await logs.undisturbed()

    (counted,) = logs.panes[0].slices
    assert (counted.operations.statuses["ok"], counted.HasField("features")) == (1, False)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
async def test_numbers_without_measure_are_counted_and_raise_nothing(tmp_path: Path, kind: str) -> None:
    odd = [math.nan, math.inf, -math.inf, 1e308, -0.0, 5e-324]
    logs = Logs(
        watched(MONITORING, kind=kind, classes=() if kind == "regression" else ("no", "yes")), tmp_path, Book(HELD)
    )
    count = len(odd)
    logs.add(
        "predictions",
        prediction_pb2.PredictionBatch(
            prediction_id="a\0",
            predicted_at=stamp(BEGIN_MS),
            model_version="1",
            prediction_ids=[f"a\0{number}" for number in range(count)],
            offsets_ms=range(count),
            scores=odd,
            probabilities=odd * 2,
            latencies_ms=odd,
            variant="a",
            users=["u"] * count,
            features=prediction_pb2.FeatureColumns(
                schema_id=FEATURES.id,
                numbers=[prediction_pb2.NumberColumn(values=odd)],
                texts=[prediction_pb2.TextColumn(dictionary=["x" * 999, "\0"], codes=[0, 1, 7, 0, 1, 7])],
            ),
        ),
    )
    for number, value in enumerate(odd):
        name = f"a\0{number}"
        at = stamp(BEGIN_MS)
        logs.add("labels", outcome_pb2.Label(prediction_id=name, labelled_at=at, value=value, revision=-1))
        logs.add("outcomes", outcome_pb2.Outcome(prediction_id=name, observed_at=at, name="purchase", value=value))
        sample = outcome_pb2.SkewSample(
            prediction_id=name, sampled_at=at, feature="tenure", online_number=value, offline_number=1.0
        )
        logs.add("skew", sample)
    records = {topic: found * 2 for topic, found in logs.records.items()}
    for topic, found in records.items():
        logs.records[topic] = [each._replace(offset=place) for place, each in enumerate(found)]

    await logs.undisturbed()

    assert not logs.step.unreadable
    everyone = [each for each in logs.panes[0].slices if each.segment == "" and each.HasField("operations")]
    assert sum(each.operations.statuses["ok"] for each in everyone) == count
    assert {each.segment for each in logs.panes[0].slices} == {"", "variant=a"}
