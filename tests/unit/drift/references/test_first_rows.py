"""What the first rows of a version teach: the same whatever partition they came from, and in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.models.v1.outcome_pb2 import Label
from assay.api.models.v1.prediction_pb2 import FeatureVector
from assay.contracts.monitoring import Monitoring
from assay.drift.counting.answers import Answers, labels_of
from assay.drift.models import WatchedModel
from assay.drift.references.first_rows import learnt, put_together
from assay.monitoring.losses import read_losses
from assay.monitoring.multivariate import read_pairs
from assay.monitoring.performance import BinaryCounts, RegressionCounts
from assay.monitoring.performance.papers import added_up, read_performance
from assay.monitoring.profiles import Labels, Numbers
from assay.monitoring.profiles.papers import profile_from_json
from tests.unit.drift.watched import watched

MODEL = watched()
START_MS = 1_700_000_000_000


def answers(rows: Sequence[int], words: tuple[str, ...] = ("free", "home", "work")) -> Answers:
    """Predictions number so and so: each is what its number says, wherever it stands."""
    numbers = np.array(rows, dtype=np.int64)
    scores = (numbers * 37 % 100) / 100
    return Answers(
        "7",
        [f"id-{each}" for each in rows],
        START_MS + numbers * 1000,
        START_MS + numbers * 1000,
        scores,
        labels_of(["1" if each >= 0.5 else "0" for each in scores]),
        None,
        np.full(len(rows), np.nan),
        np.full(len(rows), np.nan),
        {},
        frozenset(),
        {},
        (),
        {
            "tenure": Numbers((numbers * 7 % 11).astype(np.float64), np.ones(len(rows), dtype=np.bool_)),
            "plan": labels_of([words[each % len(words)] for each in rows]),
        },
    )


def labels(rows: Sequence[int], truth: str = "1") -> list[Label]:
    return [label(each, truth) for each in rows]


def label(row: int, truth: str = "", revision: int = 0, *, days: int = 1, is_withdrawn: bool = False) -> Label:
    made = Label(prediction_id=f"id-{row}", revision=revision, is_withdrawn=is_withdrawn)
    made.labelled_at.FromMilliseconds(START_MS + row * 1000 + days * 86_400_000)
    if truth:
        made.label = truth
    return made


def counted(found: Answers | None, known: Sequence[Label], model: WatchedModel = MODEL) -> BinaryCounts:
    assert found is not None
    reference = learnt(model, found, {}, known)
    assert reference is not None
    whole = added_up(read_performance(reference.performance))
    assert isinstance(whole, BinaryCounts)
    return whole


def test_too_few_rows_are_no_reference_yet() -> None:
    assert put_together([], 1) is None
    assert put_together([answers(range(99))], 100) is None


def test_the_first_rows_are_those_of_event_time_and_each_prediction_is_one() -> None:
    found = put_together([answers([5, 3, 4, 3]), answers([2, 5, 9])], 4)

    assert found is not None
    assert found.ids == ["id-2", "id-3", "id-4", "id-5"]


@settings(max_examples=20)
@given(st.permutations(range(60)), st.lists(st.integers(0, 60), max_size=4))
def test_partitions_and_their_order_make_no_difference(rows: list[int], cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), 60]
    parts = [answers(rows[start:end]) for start, end in pairwise(ends) if end > start]

    found, plain = put_together(parts, 50), put_together([answers(range(60))], 50)

    assert found is not None
    assert plain is not None
    known = labels(rows)
    assert learnt(MODEL, found, {}, known) == learnt(
        MODEL, plain, {}, sorted(known, key=lambda each: each.prediction_id)
    )


def test_words_of_other_batches_are_the_same_words() -> None:
    found = put_together([answers(range(30), ("a", "b")), answers(range(30, 60), ("b", "a"))], 60)

    assert found is not None
    assert found.features is not None
    plan = found.features["plan"]
    assert isinstance(plan, Labels)
    assert [plan.words[code] for code in plan.codes[[0, 1, 30, 31]]] == ["a", "b", "b", "a"]


def test_the_profile_has_the_features_and_what_was_said() -> None:
    found = put_together([answers(range(200))], 200)
    assert found is not None

    reference = learnt(MODEL, found, {}, [])

    assert reference is not None
    profile = profile_from_json(reference.profile.decode())
    assert profile.names == ("tenure", "plan", "prediction.score", "prediction.label")
    assert profile.cells.rows == 200
    assert reference.performance == b""


def test_four_weeks_teach_the_hours_of_the_week() -> None:
    places = np.arange(28 * 24 * 12)
    hour = Numbers((places // 12 % 24).astype(np.float64), np.ones(len(places), dtype=np.bool_))
    rows = answers(places.tolist())
    assert rows.features is not None
    weeks = replace(rows, at_ms=START_MS + places * 300_000, features={**rows.features, "tenure": hour})

    reference = learnt(MODEL, weeks, {}, [])

    assert reference is not None
    profile = profile_from_json(reference.profile.decode())
    assert profile.seasons is not None
    assert [profile.names[line] for line in profile.seasons.lines] == ["tenure"]


def test_the_reference_says_how_features_go_together_in_windows_as_long_as_the_models() -> None:
    found = put_together([answers(range(2_400))], 2_400)
    assert found is not None
    watching = [
        watched(Monitoring(window_s=size, hop_s=size, pairs=pairs))
        for size, pairs in ((110, True), (200, True), (110, False))
    ]

    known, unknown, none = (learnt(model, found, {}, []) for model in watching)

    assert known is not None
    assert unknown is not None
    assert none is not None
    pairs, nothing = read_pairs(known.profile), read_pairs(unknown.profile)
    assert pairs is not None
    assert nothing is not None
    assert (pairs.names, pairs.windows[0, 1]) == (("tenure", "plan"), 21)
    assert (nothing.names, nothing.windows[0, 1]) == (("tenure", "plan"), 0)
    assert read_pairs(none.profile) is None


def test_what_was_never_said_is_not_profiled() -> None:
    found = put_together([replace(answers(range(50)), scores=np.full(50, np.nan))], 50)
    assert found is not None

    reference = learnt(MODEL, found, {}, [])

    assert reference is not None
    assert profile_from_json(reference.profile.decode()).names == ("tenure", "plan", "prediction.label")


def test_labels_count_where_there_are_enough() -> None:
    found = put_together([answers(range(100))], 100)

    assert counted(found, labels(range(60))).labelled == 60
    assert found is not None
    few = learnt(MODEL, found, {}, labels(range(40)))
    assert few is not None
    assert few.performance == b""


def test_the_highest_revision_within_the_horizon_is_true() -> None:
    model = watched(Monitoring(horizon_s=2 * 86_400, min_coverage=0.0))
    found = put_together([answers(range(10))], 10)
    known = [
        label(1, "1"), label(1, "0", revision=2), label(1, "1", revision=1),
        label(2, "1"), label(2, revision=1, is_withdrawn=True),
        label(3, "1", days=3), label(4, "1"), label(99, "1"),
    ]  # fmt: skip

    counts = counted(found, known, model)

    assert (counts.labelled, sum(counts.positive), sum(counts.negative)) == (2, 1, 1)


def test_many_labels_show_how_windows_differ() -> None:
    found = put_together([answers(range(4000))], 4000)
    assert found is not None

    reference = learnt(MODEL, found, {}, labels(range(4000)))

    assert reference is not None
    assert len(read_performance(reference.performance)) == 40


def test_a_regression_has_the_cells_of_what_it_said() -> None:
    model = watched(Monitoring(), kind="regression")
    found = put_together([replace(answers(range(500)), labels=labels_of([""] * 500))], 500)
    known = labels(range(500), "")
    for each in known:
        each.value = 0.25
    assert found is not None

    reference = learnt(model, found, {}, known)

    assert reference is not None
    whole = added_up(read_performance(reference.performance))
    assert isinstance(whole, RegressionCounts)
    assert (len(whole.edges), whole.labelled) == (19, 500)


def test_features_that_come_by_themselves_are_met_by_id() -> None:
    single = replace(answers(range(50)), features=None)
    found = put_together([single], 50)
    assert found is not None
    vectors = {
        f"id-{each}": FeatureVector(
            prediction_id=f"id-{each}", schema_id=MODEL.schema.id, numbers=[each * 1.0], texts=["free"]
        )
        for each in range(40)
    }

    reference = learnt(MODEL, found, vectors, [])

    assert reference is not None
    assert profile_from_json(reference.profile.decode()).cells.rows == 40
    assert learnt(MODEL, found, {}, []) is None


def test_the_reference_of_a_regression_says_how_large_errors_are_by_its_features() -> None:
    model, numbers = watched(Monitoring(window_s=110, hop_s=110), kind="regression"), range(2_400)
    found = put_together([replace(answers(numbers), labels=labels_of([""] * 2_400))], 2_400)
    known = [label(each) for each in numbers]
    for each in known:
        row = int(each.prediction_id[3:])
        each.value = row * 37 % 100 / 100 + 1 + row * 7 % 11

    taught, few = (learnt(model, found, {}, labels) for labels in (known, known[:400])) if found else (None, None)

    assert taught is not None
    assert few is not None
    profile, pairs = profile_from_json(taught.profile.decode()), read_pairs(taught.profile)
    losses = read_losses(taught.profile, profile, pairs)
    assert losses is not None
    weights = losses.cells[0, profile.names.index("tenure")]
    assert np.ptp(weights) == pytest.approx(10, rel=0.15)  # an error is 1 and the tenure, which is from 0 to 10
    assert b"losses" not in few.profile
