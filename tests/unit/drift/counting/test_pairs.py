"""How features go together is counted with them: the panes of a stream come to what the whole table comes to."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import pane_pb2 as pb
from assay.api.models.v1 import prediction_pb2
from assay.contracts.monitoring import Monitoring
from assay.monitoring.multivariate import PairSums, pair_counter
from assay.monitoring.multivariate.packing import unpacked
from assay.monitoring.profiles import Labels, Numbers, Table
from tests.unit.drift.counting.logs import BEGIN_MS, FEATURES, Book, Logs, Reference, held, profile, stamp, watched
from tests.unit.drift.counting.stories import HOUR_MS, MONITORING, PLANS, batch

HELD = held()


def rows(count: int, seed: int) -> tuple[list[prediction_pb2.Prediction], list[prediction_pb2.FeatureVector], Table]:
    """Predictions over some hours, what they were made from, and that as a table."""
    draw = np.random.default_rng(seed)
    tenures, plans = draw.normal(10, 3, count), draw.integers(0, 3, count)
    predictions = [
        prediction_pb2.Prediction(
            prediction_id=f"p{row}",
            predicted_at=stamp(BEGIN_MS + int(at)),
            model_version="1",
            variant="a",
            status="ok",
            score=0.5,
        )
        for row, at in enumerate(draw.integers(0, 4 * HOUR_MS, count))
    ]
    vectors = [
        prediction_pb2.FeatureVector(schema_id=FEATURES.id, numbers=[tenure], texts=[PLANS[plan]])
        for tenure, plan in zip(tenures.tolist(), plans.tolist(), strict=True)
    ]
    return predictions, vectors, {"tenure": Numbers(tenures), "plan": Labels(plans, PLANS)}


def counted(monitoring: Monitoring, held_to: Reference, count: int, seed: int) -> list[pb.DriftSlice]:
    """The slices of a log of batches, out of order, and some of them twice."""
    predictions, vectors, _ = rows(count, seed)
    chance = random.Random(seed)
    batches = [
        batch(predictions[start : start + 7], vectors[start : start + 7]) for start in range(0, len(predictions), 7)
    ]
    batches += chance.sample(batches, len(batches) // 3)
    chance.shuffle(batches)
    with tempfile.TemporaryDirectory() as folder:
        logs = Logs(watched(monitoring), Path(folder), Book(held_to))
        for each in batches:
            logs.add("predictions", each)
        asyncio.run(logs.disturbed(chance, lambda: Path(folder) / str(chance.random())))
    return [each for pane in logs.panes for each in pane.slices]


@given(seed=st.integers(0, 2**32), count=st.integers(2, 60))
@settings(max_examples=15)
def test_the_panes_of_a_stream_add_up_to_the_whole_table(seed: int, count: int) -> None:
    slices = counted(MONITORING, HELD, count, seed)
    _, _, table = rows(count, seed)
    whole = pair_counter(HELD.profile, ("tenure", "plan")).count(HELD.profile.place(table))

    found = [unpacked(each.features.pairs) for each in slices if each.features.pairs]

    assert sum(found, PairSums.nothing(2)) == whole
    assert whole.rows.tolist() == [[count] * 2] * 2


def test_all_predictions_are_counted_and_no_segment() -> None:
    slices = [each for each in counted(MONITORING, HELD, 20, 1) if each.HasField("features")]

    assert {each.segment for each in slices} > {""}
    assert all(bool(each.features.pairs) == (each.segment == "") for each in slices)


def test_nothing_is_counted_that_nobody_watches() -> None:
    silent = counted(replace(MONITORING, pairs=False), HELD, 20, 2)
    older = counted(MONITORING, Reference("r1", profile()), 20, 2)

    for slices in (silent, older):
        assert sum(each.features.rows for each in slices if each.segment == "") == 20
        assert not [each for each in slices if each.features.pairs]
