from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.signal import lfilter

from assay.monitoring.multivariate import (
    PairReference,
    PairSums,
    PairVerdict,
    judge_pairs,
    pair_sums_of,
    reference_of,
    scores_of,
)

NAMES = ("amount", "balance", "age", "visits")
ROWS, WINDOWS = 1_000, 25
NULLS = int(os.environ.get("ASSAY_TEST_PAIR_WINDOWS", "200"))
"""Windows in which nothing drifts."""

CUTS = stats.norm.ppf(np.arange(1, 20) / 20)
SCORES = scores_of([[1_000] * 20] * len(NAMES))
Rows = NDArray[np.float64]


def drawn(seed: int, rows: int, tied: float, memory: float = 0.0) -> Rows:
    """Normal features in time order, the first two of which are correlated; every one has the same law whatever `tied`."""
    fresh = np.random.default_rng([7, seed]).normal(size=(rows + 200, len(NAMES)))
    values = lfilter([np.sqrt(1 - memory**2)], [1, -memory], fresh, axis=0)[200:]
    values[:, 1] = tied * values[:, 0] + np.sqrt(1 - tied**2) * values[:, 1]
    return np.asarray(values)


def sums(rows: Rows) -> PairSums:
    return pair_sums_of(SCORES, np.searchsorted(CUTS, rows).astype(np.int64))


def windows(seed: int, count: int, tied: float = 0.6, memory: float = 0.0) -> list[PairSums]:
    return [sums(rows) for rows in np.split(drawn(seed, ROWS * count, tied, memory), count)]


REFERENCE = reference_of(NAMES, windows(1, WINDOWS))


def moved(verdict: PairVerdict) -> list[tuple[str, str]]:
    return [(each.left, each.right) for each in verdict.findings if each.moved]


@pytest.mark.parametrize("tied", [0.0, -0.6, 0.3])
def test_a_broken_correlation_is_found_in_every_window_though_no_feature_changed(tied: float) -> None:
    verdicts = [judge_pairs(REFERENCE, each) for each in windows(2, 20, tied)]

    assert [moved(each) for each in verdicts] == [[("amount", "balance")]] * 20
    first = verdicts[0].findings[0]
    assert verdicts[0].state == "firing"
    assert first.before == pytest.approx(0.6, abs=0.03)
    assert first.now == pytest.approx(tied, abs=0.1)
    assert first.effect == first.now - first.before
    assert (first.n, first.q < 0.01) == (ROWS, True)


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_without_drift_no_more_windows_fire_than_q_allows_with_memory_too(memory: float) -> None:
    fired = 0
    for seed in range(NULLS // 20):
        reference = reference_of(NAMES, windows(1_000 + seed, WINDOWS, memory=memory))
        quiet = windows(100_000 + seed, 20, memory=memory)
        fired += sum(judge_pairs(reference, each, floor=0.0).state == "firing" for each in quiet)

    assert fired <= 0.01 * NULLS + 3 * math.sqrt(0.01 * NULLS)


def test_a_feature_that_moved_alone_breaks_no_correlation() -> None:
    shifted = drawn(3, ROWS, 0.6) + np.array([0.5, 0, 0, 0])

    assert judge_pairs(REFERENCE, sums(shifted)).state == "ok"


def test_missing_values_break_no_correlation() -> None:
    bins = np.searchsorted(CUTS, drawn(4, ROWS, 0.6)).astype(np.int64)
    bins[::3, 0] = -1

    verdict = judge_pairs(REFERENCE, pair_sums_of(SCORES, bins))

    assert verdict.state == "ok"
    assert {each.n for each in verdict.findings if each.left == "amount"} == {666}


def test_a_feature_in_one_bin_is_in_no_pair() -> None:
    bins = np.searchsorted(CUTS, drawn(5, ROWS, 0.6)).astype(np.int64)
    bins[:, 0] = 3

    verdict = judge_pairs(REFERENCE, pair_sums_of(SCORES, bins))

    assert (verdict.state, verdict.pairs) == ("ok", 3)


def test_p_is_that_of_student_for_one_window_against_the_others() -> None:
    past, (new,) = windows(6, 30), windows(7, 1)
    found = {(each.left, each.right): each for each in judge_pairs(reference_of(NAMES, past), new).findings}

    before = np.arctanh([each.correlations()[0, 1] for each in past])
    spread = max(before.var(ddof=1), 1 / ROWS)
    statistic = (np.arctanh(new.correlations()[0, 1]) - before.mean()) / np.sqrt(spread * (1 + 1 / 30))
    assert found["amount", "balance"].statistic == pytest.approx(statistic, rel=1e-9)
    assert found["amount", "balance"].p == pytest.approx(2 * stats.t.sf(abs(statistic), 29), rel=1e-9)
    qs = stats.false_discovery_control([each.p for each in found.values()])
    assert [each.q for each in found.values()] == pytest.approx(qs.tolist(), rel=1e-9)


def test_a_small_change_is_below_the_floor() -> None:
    verdict = judge_pairs(REFERENCE, sums(drawn(8, 100_000, 0.55)))

    assert verdict.state == "ok"
    assert verdict.findings[0].q < 0.01


def test_few_reference_windows_are_learning() -> None:
    assert judge_pairs(reference_of(NAMES, windows(9, 19)), windows(10, 1)[0]).state == "learning"


def test_few_rows_are_insufficient() -> None:
    assert judge_pairs(REFERENCE, sums(drawn(11, 99, 0.6))).state == "insufficient"


def test_a_reference_comes_back_from_json() -> None:
    (window,) = windows(12, 1, 0.0)
    again = PairReference.from_json(json.loads(json.dumps(REFERENCE.as_json())))

    assert judge_pairs(again, window) == judge_pairs(REFERENCE, window)


def test_a_reference_that_knows_a_pair_not_at_all_is_json_too() -> None:
    short = reference_of(NAMES, [sums(drawn(13, 50, 0.6))])

    assert "NaN" not in json.dumps(short.as_json())
    assert np.isnan(PairReference.from_json(json.loads(json.dumps(short.as_json()))).mean).all()


@pytest.mark.parametrize("past", [[], [PairSums.nothing(2)]])
def test_a_reference_of_no_or_other_windows_is_refused(past: list[PairSums]) -> None:
    with pytest.raises(ValueError, match="all its 4 features"):
        reference_of(NAMES, past)


def test_a_window_of_other_features_is_refused() -> None:
    with pytest.raises(ValueError, match="other features"):
        judge_pairs(REFERENCE, PairSums.nothing(2))
