"""A model of the loss over features: from counts it says what it says of the rows, and no more than labels taught it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assay.monitoring.errors import ProfileError
from assay.monitoring.losses import LEAST_LABELLED, LossModel, loss_model_of, profile_with_losses, read_losses
from assay.monitoring.multivariate import PairSums, even_windows, pair_counter, pairs_of
from assay.monitoring.profiles import Cells, Labels, Numbers, Table, profile_of
from assay.monitoring.profiles.columns import taken
from assay.monitoring.profiles.papers import profile_from_json, profile_to_json

ROWS = 4_000
WORDS = ("free", "home", "work", "new")

Floats = NDArray[np.float64]


def rows_of(rows: int, seed: int, spread: float = 0.5, lacking: float = 0.1) -> tuple[Table, Floats, Floats]:
    """Features, what is said of them, and what is true: errors are large where both numbers are, and for a word."""
    draw = np.random.default_rng(seed)
    income = draw.normal(0, 1, rows)
    loan = spread * income + draw.normal(0, 1, rows)
    plan = draw.integers(0, 3 if seed == 1 else 4, rows)
    said = income + loan + plan
    size = 2 + np.tanh(income * loan) + 0.5 * (plan == 1)
    table: Table = {
        "income": Numbers(income, draw.random(rows) >= lacking),
        "plan": Labels(plan, WORDS),
        "loan": Numbers(np.where(draw.random(rows) < lacking / 2, np.inf, loan), np.ones(rows, dtype=np.bool_)),
        "prediction.score": Numbers(said, np.ones(rows, dtype=np.bool_)),
    }
    return table, said, said + draw.choice([-1.0, 1.0], rows) * size


TABLE, SAID, TRUTHS = rows_of(ROWS, 1)
PROFILE = profile_of(TABLE)
PAIRS = pairs_of(PROFILE, TABLE, even_windows(ROWS))
assert PAIRS is not None
COUNTER = pair_counter(PROFILE, PAIRS.names)


def fitted(truths: Floats = TRUTHS) -> LossModel:
    found = loss_model_of(PROFILE, PAIRS, TABLE, SAID, truths)
    assert found is not None
    return found


MODEL = fitted()


def counted(table: Table) -> tuple[Cells, PairSums]:
    return PROFILE.count(table), COUNTER.count(PROFILE.place(table))


def test_what_the_reference_comes_to_is_what_it_was() -> None:
    sizes = np.abs(SAID - TRUTHS)

    found = MODEL.estimate(*counted(TABLE))

    assert found is not None
    assert found.mae == pytest.approx(sizes.mean(), rel=1e-9)
    assert found.rmse == pytest.approx(np.sqrt((sizes**2).mean()), rel=1e-9)
    assert 0 < found.error < np.std(sizes) / np.sqrt(ROWS)


def test_rows_without_a_label_teach_nothing() -> None:
    known = np.arange(ROWS) % 3 > 0
    rows = np.flatnonzero(known)

    model = fitted(np.where(known, TRUTHS, np.nan))

    assert model.means(*counted(taken(TABLE, rows)))[0] == pytest.approx(np.abs(SAID - TRUTHS)[rows].mean(), rel=1e-9)


@given(st.integers(2, 1_000), st.integers(1, 60), st.sampled_from([0.0, 0.1, 1.0]))
@settings(max_examples=20, deadline=None)
def test_a_window_comes_to_the_mean_of_its_rows(seed: int, rows: int, lacking: float) -> None:
    table, _, _ = rows_of(rows, seed, lacking=lacking)

    each = [MODEL.means(*counted(taken(table, slice(row, row + 1)))) for row in range(rows)]

    assert MODEL.means(*counted(table)) == pytest.approx(np.mean(each, axis=0), abs=1e-9)


@given(st.integers(2, 1_000), st.lists(st.integers(0, 300), max_size=4))
@settings(max_examples=20, deadline=None)
def test_partitions_come_to_the_same_in_whatever_order(seed: int, cuts: list[int]) -> None:
    table, _, _ = rows_of(300, seed)
    parts = [counted(taken(table, slice(*ends))) for ends in pairwise([0, *sorted(cuts), 300])]

    cells, pairs = parts[-1]
    for more_cells, more_pairs in reversed(parts[:-1]):
        cells, pairs = cells + more_cells, pairs + more_pairs

    assert MODEL.estimate(cells, pairs) == MODEL.estimate(*counted(table))


def test_features_that_begin_to_go_together_are_seen() -> None:
    """Errors are larger where both numbers are large: no single feature tells of it, and what is said hardly does."""
    table, said, truths = rows_of(20_000, 1, spread=1.0)
    sizes = np.abs(said - truths)

    found = MODEL.estimate(*counted(table))

    assert found is not None
    before, now = np.abs(SAID - TRUTHS).mean(), sizes.mean()
    assert now > 1.05 * before
    assert abs(found.mae - now) < 0.5 * (now - before)


def test_too_few_labels_are_no_model() -> None:
    few = np.where(np.arange(ROWS) < LEAST_LABELLED - 1, TRUTHS, np.nan)

    assert loss_model_of(PROFILE, PAIRS, TABLE, SAID, few) is None
    assert (
        loss_model_of(PROFILE, PAIRS, TABLE, SAID, np.where(np.arange(ROWS) < 600, TRUTHS, np.nan)) is None
    )  # 10 a term
    assert loss_model_of(PROFILE, None, TABLE, SAID, TRUTHS) is None


def test_nothing_is_said_of_rows_whose_pairs_were_not_counted() -> None:
    cells, pairs = counted(taken(TABLE, slice(0, 100)))
    more, _ = counted(taken(TABLE, slice(100, 200)))

    assert MODEL.estimate(cells + more, pairs) is None
    assert MODEL.estimate(cells, PairSums.nothing(2)) is None
    assert MODEL.estimate(Cells(0, cells.counts * 0), PairSums.nothing(len(MODEL.lines))) is None


def test_errors_that_would_be_smaller_than_nothing_are_not_told() -> None:
    assert replace(MODEL, bases=MODEL.bases - 100).estimate(*counted(TABLE)) is None


def test_a_profile_holds_its_model_and_is_read_without_it() -> None:
    text = profile_with_losses(profile_to_json(PROFILE), MODEL)

    read = read_losses(text, PROFILE, PAIRS)

    assert read is not None
    table, _, _ = rows_of(500, 9)
    assert read.estimate(*counted(table)) == MODEL.estimate(*counted(table))
    assert profile_from_json(text).names == PROFILE.names
    assert len(text) - len(profile_to_json(PROFILE)) < 5_000
    assert read_losses(text, PROFILE, None) is None
    assert read_losses(profile_to_json(PROFILE), PROFILE, PAIRS) is None
    assert profile_with_losses(profile_to_json(PROFILE), None) == profile_to_json(PROFILE)


def test_a_model_of_a_later_version_is_passed_over() -> None:
    paper = json.loads(profile_with_losses(profile_to_json(PROFILE), MODEL))
    paper["losses"]["assay_losses"] = 2

    assert read_losses(json.dumps(paper), PROFILE, PAIRS) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cells", "AAAA"), ("cells", "no base64"), ("products", None), ("bases", [1.0]), ("bases", ["a", "b"]),
        ("variance", -1.0), ("variance", "NaN"),
    ],
)  # fmt: skip
def test_a_model_that_is_not_whole_is_refused(key: str, value: object) -> None:
    paper = json.loads(profile_with_losses(profile_to_json(PROFILE), MODEL))
    paper["losses"][key] = value

    with pytest.raises(ProfileError, match="model of the loss is not whole"):
        read_losses(json.dumps(paper), PROFILE, PAIRS)
