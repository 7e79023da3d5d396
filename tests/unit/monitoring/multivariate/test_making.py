"""What pairs of a reference are held to: made from rows, written into its profile, and read again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.checking import windows_of_rows
from assay.monitoring.errors import ProfileError
from assay.monitoring.multivariate import (
    MOST_PAIRED,
    even_windows,
    pair_counter,
    pair_sums_of,
    pairs_of,
    profile_with_pairs,
    read_pairs,
    reference_of,
    scores_of,
)
from assay.monitoring.profiles import Labels, Numbers, Profile, Table, profile_of
from assay.monitoring.profiles.cells import placed_in
from assay.monitoring.profiles.papers import profile_from_json, profile_to_json

WORDS = ("free", "home", "work", "new")


def table(rows: int, seed: int = 1, lacking: float = 0.1) -> Table:
    """Two numbers that go together, and a word; values are missing, not finite, and some words were never seen."""
    draw = np.random.default_rng(seed)
    income = draw.normal(size=rows)
    loan = income + draw.normal(size=rows)
    loan[draw.random(rows) < lacking / 2] = np.inf
    words = draw.integers(0, 3, rows)
    if seed > 1:
        words[draw.random(rows) < lacking] = 3
    return {
        "income": Numbers(income, draw.random(rows) >= lacking),
        "plan": Labels(words, WORDS),
        "loan": Numbers(loan, np.ones(rows, dtype=np.bool_)),
    }


TABLE = table(4_000)
PROFILE = profile_of(TABLE)


def text_of(profile: Profile = PROFILE) -> str:
    return profile_with_pairs(profile_to_json(profile), pairs_of(profile, TABLE, even_windows(4_000)))


@given(st.integers(2, 1_000), st.integers(1, 300), st.sampled_from([0.0, 0.1, 1.0]))
@settings(max_examples=30)
def test_rows_that_are_placed_count_as_their_bins_do(seed: int, rows: int, lacking: float) -> None:
    now = table(rows, seed, lacking)
    scores = scores_of([PROFILE.cells.values[line, : each.size].tolist() for line, each in enumerate(PROFILE.bins)])
    bins = [placed_in(each, name, now[name]) for name, each in zip(PROFILE.names, PROFILE.bins, strict=True)]
    counter = pair_counter(PROFILE, PROFILE.names)

    whole = counter.count(PROFILE.place(now))
    parts = [counter.count(PROFILE.place(now), np.arange(start, rows, 3)) for start in range(3)]

    assert whole == pair_sums_of(scores, np.stack(bins, axis=1))
    assert parts[0] + parts[1] + parts[2] == whole


@pytest.mark.parametrize("features", [5, 64])
def test_many_rows_count_as_a_few_at_a_time_do(features: int) -> None:
    draw = np.random.default_rng(5)
    rows: Table = {f"f{each}": Numbers(draw.normal(size=3_000), draw.random(3_000) > 0.1) for each in range(features)}
    profile = profile_of(rows)
    counter, placed = pair_counter(profile, profile.names), profile.place(rows)

    parts = [counter.count(placed, np.arange(start, start + 30)) for start in range(0, 3_000, 30)]

    assert counter.count(placed) == sum(parts[1:], parts[0])


def test_a_reference_is_that_of_its_windows_in_order() -> None:
    windows = windows_of_rows(4_000, 200)
    pairs = pairs_of(PROFILE, TABLE, windows)
    counter = pair_counter(PROFILE, PROFILE.names)
    made = reference_of(PROFILE.names, [counter.count(PROFILE.place(TABLE), rows) for rows in windows])

    assert pairs is not None
    assert pairs.as_json() == made.as_json()


def test_windows_of_few_rows_tell_nothing() -> None:
    nineteen, short = windows_of_rows(3_800, 200), windows_of_rows(99, 99)

    for windows in ([], nineteen, [*nineteen, *short]):
        pairs = pairs_of(PROFILE, TABLE, windows)
        assert pairs is not None
        assert (pairs.names, int(pairs.windows.max())) == (PROFILE.names, 0)


def test_what_is_no_feature_is_in_no_pair() -> None:
    rows = {**TABLE, "prediction.score": TABLE["income"], "id": Numbers(np.arange(4_000.0))}
    pairs = pairs_of(profile_of(rows), rows, [])

    assert pairs is not None
    assert pairs.names == PROFILE.names
    assert pairs_of(PROFILE.only(["income"]), TABLE, []) is None


def test_of_many_features_those_are_watched_that_are_tied_most() -> None:
    draw = np.random.default_rng(4)
    rows: Table = {f"f{number}": Numbers(draw.normal(size=3_000)) for number in range(MOST_PAIRED + 10)}
    first, last = rows["f0"], f"f{MOST_PAIRED + 9}"
    assert isinstance(first, Numbers)
    rows = {**rows, last: Numbers(first.values + draw.normal(size=3_000))}

    pairs = pairs_of(profile_of(rows), rows, [])

    assert pairs is not None
    assert len(pairs.names) == MOST_PAIRED
    assert {"f0", last} <= {*pairs.names}


@pytest.mark.parametrize(
    ("rows", "count", "size"), [(1_999, 0, 0), (2_000, 20, 100), (50_000, 25, 2_000), (10**6, 100, 10_000)]
)
def test_windows_are_even_where_nobody_says_how_long_they_are(rows: int, count: int, size: int) -> None:
    windows = even_windows(rows)

    assert [len(each) for each in windows] == [size] * count


def test_a_profile_carries_its_pairs_and_is_read_without_them_as_it_is() -> None:
    pairs, text = read_pairs(text_of()), text_of()

    assert pairs is not None
    made = pairs_of(PROFILE, TABLE, even_windows(4_000))
    assert made is not None
    made.mean[np.diag_indices(3)] = made.variance[np.diag_indices(3)] = np.nan
    made.windows[np.diag_indices(3)] = made.rows[np.diag_indices(3)] = 0
    assert pairs.as_json() == made.as_json()
    assert profile_to_json(profile_from_json(text)) == profile_to_json(PROFILE)
    assert read_pairs(profile_to_json(PROFILE)) is None


def test_pairs_of_a_later_version_are_passed_over() -> None:
    paper = json.loads(text_of())
    paper["pairs"]["assay_pairs"] = 2

    assert read_pairs(json.dumps(paper)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["income", "loan", "other"]},
        {"names": ["income", "income", "loan"]},
        {"names": ["income", "loan"]},
        {"names": ["income"]},
        {"names": 3},
        {"mean": "x"},
        {"rows": "AAAA"},
    ],
)
def test_pairs_that_are_not_whole_are_refused(change: dict[str, object]) -> None:
    paper = json.loads(text_of())
    paper["pairs"] |= change

    with pytest.raises(ProfileError):
        read_pairs(json.dumps(paper))
