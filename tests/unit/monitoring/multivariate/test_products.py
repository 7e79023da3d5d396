from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from assay.monitoring.multivariate import PairSums, pair_sums_of, scores_of

SCORES = scores_of([[10, 20, 30, 40], [25, 25, 25, 25], [97, 1, 1, 1]])
BINS = st.integers(0, 30).flatmap(lambda rows: arrays(np.int64, (rows, 3), elements=st.integers(-2, 3)))
Bins = NDArray[np.int64]


@given(BINS, BINS, BINS)
def test_sums_merge_in_any_order(one: Bins, two: Bins, three: Bins) -> None:
    first, second, third = (pair_sums_of(SCORES, each) for each in (one, two, three))

    assert first + second == second + first
    assert (first + second) + third == first + (second + third)
    assert first + second + third == pair_sums_of(SCORES, np.concatenate([one, two, three]))
    assert first + PairSums.nothing(3) == first


@given(BINS)
def test_sums_come_back_from_json(bins: Bins) -> None:
    sums = pair_sums_of(SCORES, bins)

    assert PairSums.from_json(json.loads(json.dumps(sums.as_json()))) == sums


@given(BINS)
def test_a_correlation_is_that_of_scipy_over_the_rows_that_have_both(bins: Bins) -> None:
    found = pair_sums_of(SCORES, bins).correlations()

    for i, j in ((0, 1), (0, 2), (1, 2)):
        both = bins[(bins[:, i] >= 0) & (bins[:, j] >= 0)]
        left, right = (np.array(SCORES.of_bins[each])[both[:, each]] for each in (i, j))
        if len(set(left.tolist())) < 2 or len(set(right.tolist())) < 2:
            assert math.isnan(found[i, j])
        else:
            assert found[i, j] == pytest.approx(stats.pearsonr(left, right).statistic, abs=1e-9)
        assert found[i, j] == pytest.approx(found[j, i], nan_ok=True)


def test_scores_are_normal_quantiles_of_the_middle_ranks() -> None:
    (scores,) = scores_of([[1_000_000] * 4]).of_bins

    assert scores == tuple(round(64 * stats.norm.ppf(each)) for each in (1 / 8, 3 / 8, 5 / 8, 7 / 8))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_scores_never_fall_from_bin_to_bin(counts: list[int]) -> None:
    (scores,) = scores_of([counts]).of_bins

    assert list(scores) == sorted(scores)


def test_a_bin_without_a_score_is_refused() -> None:
    with pytest.raises(ValueError, match="feature 1 has 4 bins, not 8"):
        pair_sums_of(SCORES, np.array([[0, 7, 0]]))


def test_bins_of_other_features_are_refused() -> None:
    with pytest.raises(ValueError, match="rows x 3 features"):
        pair_sums_of(SCORES, np.array([[0, 1]]))


def test_sums_of_other_features_do_not_merge() -> None:
    with pytest.raises(ValueError, match="same features"):
        PairSums.nothing(3) + PairSums.nothing(2)


@pytest.mark.parametrize("table", [[[1.5]], [[1, 2]], [1], [["a"]]])
def test_json_that_holds_no_sums_is_refused(table: list[object]) -> None:
    with pytest.raises(ValueError, match="sums of pairs"):
        PairSums.from_json(dict.fromkeys(("rows", "sums", "squares", "products"), table))  # type: ignore[arg-type]  # what is wrong
