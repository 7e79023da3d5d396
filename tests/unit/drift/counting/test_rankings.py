"""Lists are joined with the labels of their items as a plain recount has it, whatever came when."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.models.v1 import outcome_pb2 as out
from assay.api.models.v1 import prediction_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.counting.answers import of_batches, of_rows
from assay.drift.counting.lists import check_lists
from assay.drift.counting.performance import ruling_of
from assay.drift.counting.records import UnreadableRecordError
from assay.monitoring.performance import RankingCounts, count_ranking
from assay.monitoring.performance.ranking import row_of
from tests.unit.drift.counting.logs import BEGIN_MS, FEATURES, Book, Logs, stamp, summed, watched
from tests.unit.drift.counting.stories import HOUR_MS, MONITORING, story

HORIZON_MS = MONITORING.horizon_s * 1000


def recounted(logs: Logs, cutoff: int) -> dict[tuple[str, int], RankingCounts]:
    """What all that is in the logs comes to by version and hour, counted one list after another."""
    topics = {role: contract.topics.validated for role, contract in logs.model.logs.items()}
    predictions: dict[str, pb.Prediction] = {}
    for record in logs.records[topics["predictions"]]:
        found = pb.Prediction.FromString(record.value or b"")
        predictions[found.prediction_id] = found
    newest: defaultdict[str, dict[str, out.Label]] = defaultdict(dict)
    for record in logs.records[topics["labels"]]:
        label = out.Label.FromString(record.value or b"")
        of = predictions.get(label.prediction_id)
        if not label.item or of is None or abs(ms(label.labelled_at) - ms(of.predicted_at)) > HORIZON_MS:
            continue
        before = newest[label.prediction_id].get(label.item)
        if before is None or label.revision > before.revision:
            newest[label.prediction_id][label.item] = label
    rows: defaultdict[tuple[str, int], list[tuple[float, ...]]] = defaultdict(list)
    for name, each in predictions.items():
        known = {
            item: label.value for item, label in newest[name].items() if not label.is_withdrawn and label.value >= 0
        }
        if each.items:
            place = each.model_version, ms(each.predicted_at) // HOUR_MS * HOUR_MS
            rows[place].append(row_of(each.items, known, cutoff))
    return {place: count_ranking(cutoff, np.array(each)) for place, each in rows.items()}


def ms(stamp_of: object) -> int:
    return int(stamp_of.ToMilliseconds())  # type: ignore[attr-defined]  # a Timestamp


@pytest.mark.parametrize("cutoff", [2, 10])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_lists_and_labels_in_any_order_come_to_what_a_plain_recount_has(cutoff: int, seed: int) -> None:
    monitoring = Monitoring(horizon_s=MONITORING.horizon_s, ranking_cutoff=cutoff)
    model = watched(monitoring, kind="ranking", layout="rows", classes=())
    with tempfile.TemporaryDirectory() as folder:
        logs = Logs(model, Path(folder), Book(None))
        story(logs, random.Random(seed), 10)

        asyncio.run(logs.undisturbed())

    found = {key[:3:2]: value for key, value in performance(logs).items() if key[1] == ""}
    assert found == recounted(logs, cutoff)


def performance(logs: Logs) -> dict[tuple[object, ...], object]:
    """What panes add up to of lists."""
    return {key: each for key, each in summed(logs.panes, "ranking").items() if key[-1:] == ("performance",)}  # type: ignore[misc, index]  # keys are tuples


def ranked(name: str, *items: str, at_ms: int = BEGIN_MS) -> pb.Prediction:
    return pb.Prediction(
        prediction_id=name, predicted_at=stamp(at_ms), model="churn", model_version="1", kind="ranking",
        status="ok", items=items,
    )  # fmt: skip


def label(name: str, item: str, value: float, revision: int = 0, *, at_ms: int = BEGIN_MS + HOUR_MS) -> out.Label:
    return out.Label(
        prediction_id=name, labelled_at=stamp(at_ms), model="churn", revision=revision, value=value, item=item
    )


def counted(cutoff: int, *facts: pb.Prediction | out.Label) -> RankingCounts:
    """What facts come to in the hour of the first."""
    model = watched(Monitoring(ranking_cutoff=cutoff), kind="ranking", layout="rows", classes=())
    with tempfile.TemporaryDirectory() as folder:
        logs = Logs(model, Path(folder), Book(None))
        for each in facts:
            logs.add("predictions" if isinstance(each, pb.Prediction) else "labels", each)
        asyncio.run(logs.undisturbed())
    (found,) = performance(logs).values()
    assert isinstance(found, RankingCounts)
    return found


def test_a_corrected_item_replaces_and_a_label_of_no_item_says_nothing() -> None:
    whole = out.Label(prediction_id="p", labelled_at=stamp(BEGIN_MS), model="churn", revision=9, value=1.0)

    found = counted(
        10, ranked("p", "a", "b"), label("p", "a", 1.0), label("p", "a", 0.0, 1), label("p", "b", 1.0), whole
    )

    assert found == count_ranking(10, np.array([row_of(["a", "b"], {"a": 0.0, "b": 1.0}, 10)]))


def test_an_item_that_stands_below_the_first_places_is_one_that_they_should_have_had() -> None:
    found = counted(2, ranked("p", "a", "b", "c"), label("p", "c", 1.0))

    assert (found.labelled, found.hits, found.losses.mean, found.recall.value) == (1, 0, 1.0, 0.0)


def test_a_list_without_an_item_is_no_answer() -> None:
    assert counted(10, ranked("p"), ranked("q", "a"), label("p", "a", 1.0)).n == 1


def test_labels_of_lists_that_were_met_under_another_cutoff_leave_their_counts_as_they_are() -> None:
    ten, five = ruling_of("ranking", (), cutoff=10), ruling_of("ranking", (), cutoff=5)
    assert ten
    assert five
    answers = of_rows([ranked("p", "a")], [BEGIN_MS], 0)

    assert (ten.said(answers).tolist(), five.said(answers).tolist()) == ([10.0], [5.0])
    assert not five.cases([])


def test_batches_and_rows_have_the_same_lists_and_the_score_of_the_first_item() -> None:
    rows = [ranked("p", "a", "b"), ranked("q"), ranked("r", "c")]
    for row, scores in zip(rows, ([2.0, 1.0], [], [0.5]), strict=True):
        row.item_scores.extend(scores)
    batch = pb.PredictionBatch(
        prediction_ids=["p", "q", "r"], predicted_at=stamp(BEGIN_MS), offsets_ms=[0, 0, 0], model_version="1",
        items=["a", "b", "c"], item_counts=[2, 0, 1], item_scores=[2.0, 1.0, 0.5],
    )  # fmt: skip

    one, other = of_rows(rows, [0, 0, 0], 0), of_batches([batch], [0], FEATURES, 0)

    assert list(one.items) == list(other.items) == [("a", "b"), (), ("c",)]
    np.testing.assert_array_equal(one.scores, [2.0, np.nan, 0.5])
    np.testing.assert_array_equal(other.scores, [2.0, np.nan, 0.5])
    assert one.take(np.array([2])).items == [("c",)]


@pytest.mark.parametrize(
    "batch",
    [
        pb.PredictionBatch(prediction_ids=["p"], items=["a"]),
        pb.PredictionBatch(prediction_ids=["p"], items=["a"], item_counts=[2]),
        pb.PredictionBatch(prediction_ids=["p"], items=["a"], item_counts=[1, 0]),
        pb.PredictionBatch(prediction_ids=["p"], items=["a"], item_counts=[1], item_scores=[1.0, 2.0]),
    ],
)
def test_items_that_belong_to_no_row_are_unreadable(batch: pb.PredictionBatch) -> None:
    with pytest.raises(UnreadableRecordError):
        check_lists(batch)
