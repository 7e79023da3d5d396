"""Labels are joined as `assay.monitoring.performance.Joined` joins them, fact by fact; here many at once."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts.monitoring import Monitoring
from assay.drift.counting.known import Answered
from assay.drift.counting.performance import ruling_of
from assay.monitoring.concept import calibration_of, count_reference
from assay.monitoring.performance import Joined, Label, Pair, Prediction, merged
from assay.monitoring.performance.papers import ModelCounts
from tests.unit.drift.counting.logs import BEGIN_MS, Book, Logs, Reference, is_nothing, profile, stamp, summed, watched

MINUTE_MS = 60_000
MONITORING = Monitoring(window_s=600, hop_s=600, lateness_s=300, horizon_s=1800)
CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}


@dataclass(frozen=True)
class Fact:
    """A prediction or a label: of which of few ids, at which minute, saying what."""

    is_label: bool
    name: str
    minute: int
    said: int
    revision: int


FACTS = st.lists(
    st.builds(
        Fact,
        st.booleans(),
        st.sampled_from(("p1", "p2", "p3")),
        st.integers(0, 90),
        st.integers(-1, 2),
        st.integers(0, 2),
    ),
    max_size=14,
)


def record(fact: Fact, kind: str) -> tuple[str, prediction_pb2.Prediction | outcome_pb2.Label]:
    """The record of a fact, with the log that it is in."""
    at, word = stamp(BEGIN_MS + fact.minute * MINUTE_MS), (*CLASSES[kind], "")[fact.said % (len(CLASSES[kind]) + 1)]
    if not fact.is_label:
        return "predictions", prediction_pb2.Prediction(
            prediction_id=fact.name,
            predicted_at=at,
            model_version="1",
            score=fact.said / 2,
            label=word,
            probabilities=shares_of(fact, kind),
            status="ok",
        )
    has_class = kind != "regression"
    return "labels", outcome_pb2.Label(
        prediction_id=fact.name,
        labelled_at=at,
        revision=fact.revision,
        label=word if has_class and word else None,
        value=None if has_class else float(fact.said),
        is_withdrawn=fact.said < 0,
    )


def shares_of(fact: Fact, kind: str) -> tuple[float, ...]:
    """Probabilities of the classes, which need not be those of the label."""
    return ((0.5, 0.3, 0.2), (0.1, 0.85, 0.05), (0.0, 0.0, 1.0))[fact.minute % 3] if kind == "multiclass" else ()


def reference_of(kind: str) -> Reference | None:
    """Of several classes, one that says what scores are worth."""
    if kind != "multiclass":
        return None
    draw = np.random.default_rng(2)
    scores = draw.dirichlet((1, 1, 1), 400)
    truths = np.array([draw.choice(3, p=row) for row in scores])
    return Reference("r", profile(), (*count_reference(CLASSES[kind], scores.argmax(axis=1), scores, truths),))


def met(fact: Fact, kind: str) -> Prediction[Answered] | Label:
    """The fact as the engine has it."""
    time_ms, (_, message) = BEGIN_MS + fact.minute * MINUTE_MS, record(fact, kind)
    if isinstance(message, outcome_pb2.Label):
        truth = message.label or None if kind != "regression" else message.value
        return Label(fact.name, fact.revision, time_ms, None if message.is_withdrawn else truth)
    codes = {word: float(place) for place, word in enumerate(CLASSES[kind])}
    if kind == "regression":
        said = message.score
    elif kind == "binary" and not message.label:
        said = float(message.score >= 0.5)
    else:
        said = codes.get(message.label, np.nan)
    if kind == "multiclass" and np.isnan(said):  # it says the class that it finds likeliest
        said = float(np.argmax(message.probabilities))
    return Prediction(fact.name, time_ms, Answered(time_ms, "1", said, message.score, tuple(message.probabilities)))


async def counted(logs: Logs, facts: list[Fact], kind: str, size: int) -> None:
    """Give the facts to counting, so many in a chunk, in their order."""
    await logs.start()
    for start in range(0, len(facts), size):
        for fact in facts[start : start + size]:
            role, message = record(fact, kind)
            logs.add(role, message)  # type: ignore[arg-type]  # one of two roles
            topic = logs.model.logs[role].topics.validated  # type: ignore[index]  # as above
            await logs.give(topic)
        await logs.chunk([])
    await logs.stop()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
@given(facts=FACTS, size=st.integers(1, 4))
@settings(max_examples=60)
def test_joins_are_those_of_the_engine_fact_by_fact(kind: str, facts: list[Fact], size: int) -> None:
    model = watched(MONITORING, kind=kind, layout="rows", classes=CLASSES[kind])
    reference = reference_of(kind)
    calibration = calibration_of(reference.performance[0]) if reference else None  # type: ignore[arg-type]  # of several classes
    ruling = ruling_of(kind, CLASSES[kind], calibration)
    assert ruling is not None

    def count(pair: Pair[Answered]) -> ModelCounts:
        return ruling.counted(ruling.cases([(pair.prediction.said, pair.truth)]), ())

    joined = Joined[Answered, ModelCounts](600_000, 1_800_000, count)
    deltas, watermark_ms = [], None
    for fact in facts:
        deltas += joined.meet(met(fact, kind))
        if not fact.is_label:
            passed = BEGIN_MS + fact.minute * MINUTE_MS - 300_000
            watermark_ms = passed if watermark_ms is None else max(watermark_ms, passed)
        if watermark_ms is not None:
            joined.forget(watermark_ms)
    expected = {start: each for start, each in merged({}, deltas).items() if not is_nothing(each)}
    with tempfile.TemporaryDirectory() as folder:
        logs = Logs(model, Path(folder), Book(reference))
        asyncio.run(counted(logs, facts, kind, size))

    sums = summed(logs.panes, kind)
    performance = {key[2]: value for key, value in sums.items() if isinstance(key, tuple) and key[-1] == "performance"}
    assert performance == expected
    assert (sums.get(("unmatched",), 0), sums.get(("forgotten",), 0)) == (joined.unmatched, joined.late)
