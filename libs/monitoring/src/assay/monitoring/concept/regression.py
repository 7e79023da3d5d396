"""A regression against its reference: sizes of errors, and how large they should be where the predictions fall."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.concept.evidence import Evidence
from assay.monitoring.concept.loss import welch
from assay.monitoring.concept.tails import mean_shift
from assay.monitoring.performance.exact import Moments
from assay.monitoring.performance.regression import RegressionCounts

__all__ = ["RegressionEstimate", "RegressionReference", "edges_of"]

Floats = NDArray[np.float64]

CELLS = 20
LEAST_ROWS = 20
"""A cell with fewer labelled predictions says nothing about the mean of its errors."""


@dataclass(frozen=True, slots=True)
class RegressionEstimate:
    """What figures will most likely be once labels are there, if errors depend on the prediction as they did."""

    mae: float
    rmse: float
    error: float
    """Standard error of the realised mean absolute error around the estimate, by chance alone."""


@dataclass(frozen=True, slots=True)
class RegressionReference:
    """The reference of a regression: labelled counts in cells of the prediction."""

    counts: RegressionCounts

    def loss(self, window: RegressionCounts) -> Evidence | None:
        """Test the mean size of errors against the reference (Welch)."""
        return welch(window.distances, self.counts.distances)

    def estimate(self, window: RegressionCounts) -> RegressionEstimate | None:
        """Estimate figures of all predictions of a window from the cells that they fall in.

        This is coarser than a model of the loss over all features: it sees what moves the predictions, and no more.
        None where the reference has no label in a cell that the window needs.
        """
        n = np.array(window.predicted)
        sizes, squares = self.counts.distance_of_cell, self.counts.square_of_cell
        if not n.sum() or any(asked and each.n < 2 for asked, each in zip(n.tolist(), sizes, strict=True)):
            return None
        return RegressionEstimate(
            mae=float(n @ _means(sizes)) / n.sum(),
            rmse=math.sqrt(float(n @ _means(squares)) / n.sum()),
            error=math.sqrt(float(n @ _variances(sizes))) / n.sum(),
        )

    def foretold(self, window: RegressionCounts) -> Evidence | None:
        """Test the mean size of errors that cells foretell against the reference (z); effect in the unit of `loss`."""
        mine, theirs = np.array(window.predicted), np.array(self.counts.predicted)
        if any(each.n < 2 for each in self.counts.distance_of_cell):
            return None
        found = mean_shift(_means(self.counts.distance_of_cell), mine, theirs)
        if found is None:
            return None
        z, mean, reference = found
        unit = math.sqrt(self.counts.distances.variance) or 1.0
        return Evidence("foretold", int(mine.sum()), z, math.erfc(abs(z) / math.sqrt(2)), (mean - reference) / unit)

    def calibration(self, window: RegressionCounts) -> Evidence | None:
        """Test, cell by cell of the prediction, whether errors are as large as they were there: chi-square.

        The effect is (chi-square - cells) / n, as for a binary model.
        """
        from scipy.special import chdtrc

        pairs = zip(window.distance_of_cell, self.counts.distance_of_cell, strict=True)
        terms = [
            (mine.mean - theirs.mean) ** 2 / (theirs.variance * (1 / mine.n + 1 / theirs.n))
            for mine, theirs in pairs
            if mine.n >= LEAST_ROWS and theirs.n >= LEAST_ROWS and theirs.variance
        ]
        if not terms:
            return None
        statistic = math.fsum(terms)
        n = sum(each.n for each in window.distance_of_cell)
        p = float(chdtrc(len(terms), statistic))
        return Evidence("calibration", n, statistic, p, (statistic - len(terms)) / n, "chi-square", len(terms))


def edges_of(said: Floats) -> tuple[float, ...]:
    """Return the edges of twenty cells that hold about as many predictions of a reference each; ties share one."""
    usable = said[np.isfinite(said)]
    if not usable.size:
        return ()
    inner = np.quantile(usable, np.arange(1, CELLS) / CELLS, method="inverted_cdf")
    edges = np.unique(inner)
    return tuple(edges[edges > usable.min()].tolist())


def _means(cells: tuple[Moments, ...]) -> Floats:
    return np.array([each.mean if each.n else 0.0 for each in cells])


def _variances(cells: tuple[Moments, ...]) -> Floats:
    return np.array([each.variance if each.n > 1 else 0.0 for each in cells])
