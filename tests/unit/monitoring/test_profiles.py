from __future__ import annotations

import functools
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.errors import ProfileError
from assay.monitoring.profiles import Cells, Labels, Numbers, Profile, Table, profile_of
from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.cells import MISSING, NOT_FINITE, UNSEEN, no_cells
from assay.monitoring.profiles.columns import rows_of, taken
from assay.monitoring.profiles.folding import folding
from assay.monitoring.profiles.papers import profile_from_json, profile_to_json


def table(seed: int, rows: int) -> Table:
    rng = np.random.default_rng(seed)
    weird = rng.choice([0.0, 0.0, 0.0, 1.5, np.nan, np.inf, -np.inf], rows)
    words = ("red", "green", "blue")
    return {
        "normal": Numbers(rng.standard_normal(rows)),
        "weird": Numbers(weird),
        "whole": Numbers(rng.integers(0, 8, rows).astype(np.float64)),
        "colour": Labels(rng.integers(-1, 3, rows), words),
    }


PROFILE = profile_of(table(1, 4_000))


@given(st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 50)), min_size=3, max_size=6), st.randoms())
def test_cells_merge_in_any_order_and_grouping(batches: list[tuple[int, int]], random: object) -> None:
    cells = [PROFILE.count(table(seed, rows)) for seed, rows in batches]
    nothing = no_cells(PROFILE.bins)

    whole = functools.reduce(operator.add, cells, nothing)

    assert functools.reduce(operator.add, reversed(cells)) == whole
    assert cells[0] + (cells[1] + cells[2]) == (cells[0] + cells[1]) + cells[2]
    assert cells[0] + cells[1] == cells[1] + cells[0]
    assert (whole.counts.sum(axis=1) == whole.rows).all()


@given(st.integers(0, 2**16), st.integers(0, 300))
def test_a_table_counts_as_its_parts_do(seed: int, cut: int) -> None:
    rows = table(seed, 300)

    parts = PROFILE.count(taken(rows, slice(0, cut))) + PROFILE.count(taken(rows, slice(cut, None)))

    assert parts == PROFILE.count(rows)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=200), st.lists(st.floats(), max_size=50))
def test_every_number_has_a_bin_and_the_reference_counts_as_plain_comparison_does(
    reference: list[float], window: list[float]
) -> None:
    profile = profile_of({"x": Numbers(np.array(reference))})
    bins = profile.bins[0]
    assert isinstance(bins, NumericBins)

    cells = profile.count({"x": Numbers(np.array(window, dtype=np.float64))})

    plain = [0] * bins.size
    for value in window:
        if np.isfinite(value):
            plain[sum(value >= edge for edge in bins.edges)] += 1
    assert cells.values[0].tolist() == plain
    assert cells.counts[0, MISSING] == sum(np.isnan(window))
    assert cells.counts[0, NOT_FINITE] == sum(np.isinf(window))


def test_a_value_that_is_common_has_a_bin_of_its_own() -> None:
    values = np.concatenate([np.zeros(600), np.random.default_rng(3).exponential(1, 400)])

    bins = profile_of({"x": Numbers(values)}).bins[0]

    assert isinstance(bins, NumericBins)
    assert "= 0" in bins.names()


def test_a_number_that_is_there_and_none_is_not_missing() -> None:
    window = Numbers(np.array([np.nan, np.nan, 0.1]), np.array([True, False, True]))

    cells = PROFILE.count({"normal": window})

    assert cells.counts[0, [NOT_FINITE, MISSING]].tolist() == [1, 1]


def test_a_feature_that_the_window_lacks_is_missing() -> None:
    cells = PROFILE.count({"normal": Numbers(np.zeros(7))})

    assert cells.counts[1:, MISSING].tolist() == [7, 7, 7]


def test_a_category_that_the_reference_never_had_is_unseen() -> None:
    cells = PROFILE.count({"colour": Labels(np.array([0, 1, -1]), ("mauve", "red"))})

    assert cells.counts[3, [UNSEEN, MISSING]].tolist() == [1, 1]


@given(st.integers(20, 60_000))
def test_folding_loses_no_row(rows: int) -> None:
    fold = folding(PROFILE.bins, PROFILE.cells, rows)
    window = PROFILE.count(table(5, 500))

    folded = fold.of(window)

    special = window.counts[:, [NOT_FINITE, MISSING]].sum(axis=1)
    assert (folded.values.sum(axis=1) + folded.unseen + special == 500).all()
    assert folded.values.dtype == np.int64


def test_ids_in_words_are_an_identifier_and_none_is_remembered() -> None:
    ids = Labels(np.arange(2_000), tuple(f"id {number}" for number in range(2_000)))

    profile = profile_of({"id": ids})

    assert profile.notes["id"].startswith("an identifier")
    assert "id 7" not in profile_to_json(profile)


@given(st.lists(st.integers(-1, 9), max_size=30))
def test_a_small_batch_of_a_large_dictionary_counts_as_a_large_one(codes: list[int]) -> None:
    words = ("red", "mauve", "green", "pink", "blue", "cyan", "lime", "teal", "grey", "plum")
    batch = np.array(codes, dtype=np.int64)
    others = np.zeros(100, dtype=np.int64)

    small = PROFILE.count({"colour": Labels(batch, words)})

    assert small + PROFILE.count({"colour": Labels(others, words)}) == PROFILE.count(
        {"colour": Labels(np.concatenate([batch, others]), words)}
    )
    assert small.counts[3, MISSING] == codes.count(-1)


def test_a_reference_says_how_much_of_what_comes_is_unseen() -> None:
    rng = np.random.default_rng(2)
    words = Labels(np.minimum(rng.zipf(1.5, 20_000), 50_000) - 1, tuple(f"town {number}" for number in range(50_000)))

    profile = profile_of({"town": words.take(slice(0, 10_000))})

    coming = profile.count({"town": words.take(slice(10_000, None))})
    assert profile.cells.counts[0, UNSEEN] == pytest.approx(coming.counts[0, UNSEEN], rel=0.2)


def test_whole_numbers_that_never_repeat_are_an_identifier() -> None:
    assert profile_of({"id": Numbers(np.arange(5_000.0))}).notes["id"].startswith("an identifier")


def test_independent_rows_have_no_dispersion_and_dependent_ones_have() -> None:
    rng = np.random.default_rng(11)
    walk = np.zeros(40_000)
    for place, noise in enumerate(rng.standard_normal(40_000)):
        walk[place] = 0.9 * walk[place - 1] + noise

    profile = profile_of({"independent": Numbers(rng.standard_normal(40_000)), "dependent": Numbers(walk)})

    assert profile.dispersion is not None
    independent, dependent = profile.dispersion.levels[0].mean
    assert independent < 1.2
    assert dependent > 2


@pytest.mark.parametrize(("rows", "in_order"), [(200, True), (5_000, False)])
def test_a_dispersion_that_cannot_be_measured_is_none(rows: int, in_order: bool) -> None:
    assert profile_of(table(1, rows), in_order=in_order).dispersion is None


def test_a_reference_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="no row"):
        profile_of(table(1, 0))


def same(one: Profile, other: Profile) -> bool:
    return profile_to_json(one) == profile_to_json(other) and one.cells == other.cells and one.bins == other.bins


@settings(max_examples=20)
@given(st.integers(0, 2**16), st.integers(1, 700))
def test_a_profile_is_read_as_it_was_written(seed: int, rows: int) -> None:
    profile = profile_of(table(seed, rows))

    read = profile_from_json(profile_to_json(profile))

    assert same(read, profile)
    assert (read.centres == profile.centres).all()
    assert read.count(table(2, 100)) == profile.count(table(2, 100))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no", "no JSON"),
        ("[]", "no profile"),
        ('{"assay_profile": 99}', "version 99"),
        ('{"assay_profile": 1}', "whole"),
    ],
)
def test_a_text_that_is_no_profile_says_why(text: str, why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        profile_from_json(text)


def test_a_profile_of_some_features_is_that_of_their_columns() -> None:
    rows = table(1, 4_000)
    whole = profile_of(rows).only(["whole", "colour"])

    assert same(whole, profile_of({name: rows[name] for name in ("whole", "colour")}))
    assert rows_of(rows) == whole.cells.rows


def test_cells_are_no_key() -> None:
    with pytest.raises(TypeError):
        hash(Cells(0, np.zeros((1, 1), dtype=np.int64)))
