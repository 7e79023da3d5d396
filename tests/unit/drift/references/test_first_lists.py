"""What the first lists of a ranking teach, and what a reference of another cutoff is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from assay.api.models.v1.outcome_pb2 import Label
from assay.api.models.v1.prediction_pb2 import Prediction
from assay.contracts.monitoring import Monitoring
from assay.drift.counting.answers import of_rows
from assay.drift.errors import ReferenceUnfitError
from assay.drift.references import Reference
from assay.drift.references.first_lists import performance_of_lists
from assay.drift.references.fitting import held_against
from assay.monitoring.performance import RankingCounts, count_ranking
from assay.monitoring.performance.papers import added_up, read_performance
from assay.monitoring.performance.ranking import row_of
from assay.monitoring.profiles import profile_of
from tests.unit.drift.watched import table_of, watched

MODEL = watched(Monitoring(ranking_cutoff=2), kind="ranking")
START_MS = 1_700_000_000_000


def lists(count: int) -> list[Prediction]:
    """Lists of three items, a minute apart; the last has none."""
    made = [Prediction(prediction_id=f"p{place}", items=("a", "b", "c")) for place in range(count)]
    made.append(Prediction(prediction_id=f"p{count}"))
    for place, each in enumerate(made):
        each.predicted_at.FromMilliseconds(START_MS + 60_000 * place)
    return made


def label(place: int, item: str, value: float, revision: int = 0, days: int = 1) -> Label:
    made = Label(prediction_id=f"p{place}", item=item, value=value, revision=revision)
    made.labelled_at.FromMilliseconds(START_MS + 60_000 * place + days * 86_400_000)
    return made


def taught(count: int, labels: Sequence[Label]) -> tuple[RankingCounts, int] | None:
    found = read_performance(performance_of_lists(MODEL, of_rows(lists(count), [0] * (count + 1), 0), labels))
    if not found:
        return None
    whole = added_up(found)
    assert isinstance(whole, RankingCounts)
    return whole, len(found)


def test_lists_are_counted_by_the_newest_labels_within_the_horizon() -> None:
    labels = [
        label(0, "b", 1.0),
        label(0, "b", 0.0, 1),
        label(0, "c", 1.0),
        label(1, "a", 1.0),
        label(2, "a", 1.0, days=31),
        label(9, "a", 1.0),
    ]

    found = taught(3, labels)

    known: list[dict[str, float]] = [{"b": 0.0, "c": 1.0}, {"a": 1.0}, {}]
    rows = [row_of(["a", "b", "c"], each, 2) for each in known]
    assert found == (count_ranking(2, np.array(rows)), 1)


def test_enough_lists_are_cut_into_panes() -> None:
    found = taught(2_000, [label(place, "a", 1.0) for place in range(2_000)])

    assert found
    assert found[1] == 20
    assert (found[0].n, found[0].labelled) == (2_000, 2_000)


def test_lists_of_which_too_few_have_a_label_teach_nothing_of_labels() -> None:
    assert taught(10, [label(place, "a", 1.0) for place in range(4)]) is None


def test_a_reference_that_was_counted_to_another_place_is_refused() -> None:
    counts = count_ranking(10, np.array([row_of(["a"], {"a": 1.0}, 10)] * 3))

    with pytest.raises(ReferenceUnfitError, match="counted to place 10, and the contract says 2"):
        held_against(MODEL, Reference("r", "churn", "7", profile_of(table_of()), (counts,), "set", 0))
