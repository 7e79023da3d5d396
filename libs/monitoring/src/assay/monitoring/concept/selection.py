"""Whether the predictions that have a label are like those that have none: else realised figures are not those of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.performance.binary import BinaryCounts
from assay.monitoring.performance.multiclass import MulticlassCounts
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.performance.ranking import RankingCounts
from assay.monitoring.performance.regression import RegressionCounts
from assay.monitoring.performance.scores import BINS

__all__ = ["selection"]

LEAST_EXPECTED = 5.0


def selection(window: ModelCounts) -> Evidence | None:
    """Hold what was said of labelled predictions against that of those without a label: Pearson's chi-square.

    Of a binary model it is over ten bins of score, of several classes over decisions, of a regression over its cells. The effect is chi-square less its degrees, by the number of predictions. None where either side is too small.
    """
    from scipy.special import chdtrc

    if isinstance(window, RankingCounts):  # what lists have in common is counted of the labelled ones alone
        return None
    labelled, said = _said(window)
    table = _pooled(labelled, said - labelled)
    n = float(table.sum())
    freedom = table.shape[1] - 1
    if freedom < 1 or not table.sum(axis=1).all():
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    return Evidence(
        "selection",
        int(n),
        statistic,
        float(chdtrc(freedom, statistic)),
        (statistic - freedom) / n,
        "chi-square",
        freedom,
    )


def _said(window: BinaryCounts | MulticlassCounts | RegressionCounts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What was said of labelled predictions, and of all."""
    if isinstance(window, BinaryCounts):
        return _bins(window.scores(0) + window.scores(1)), _bins(window.scores())
    predicted = np.array(window.predicted, dtype=np.int64)
    if isinstance(window, MulticlassCounts):
        return window.confusion.sum(axis=0), predicted
    return np.array([each.n for each in window.distance_of_cell], dtype=np.int64), predicted


def _bins(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    bins: NDArray[np.int64] = cells.reshape(BINS, -1).sum(axis=1)
    return bins


def _pooled(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Both rows with bins joined until each expects enough on its smaller side."""
    share = min(one.sum(), other.sum()) / max(one.sum() + other.sum(), 1)
    columns: list[tuple[int, int]] = []
    a = b = 0
    for mine, theirs in zip(one.tolist(), other.tolist(), strict=True):
        a, b = a + mine, b + theirs
        if (a + b) * share >= LEAST_EXPECTED:
            columns.append((a, b))
            a = b = 0
    if columns:
        columns[-1] = (columns[-1][0] + a, columns[-1][1] + b)
    return np.array(columns, dtype=np.int64).reshape(-1, 2).T
