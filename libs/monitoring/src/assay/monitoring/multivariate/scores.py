"""A score for each frozen bin of a feature: where the reference's normal ranks lie, in whole sixty-fourths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scores", "scores_of"]

STEPS = 64
"""Scores are whole numbers of 1/64 standard deviations, so that sums of their products are exact."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of each bin, by feature; frozen with the bins of the reference."""

    of_bins: tuple[tuple[int, ...], ...]

    def of(self, bins: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return scores and presence of rows x features; a bin below 0 is a value that is missing or not finite.

        Raises:
            ValueError: there is another number of features, or a bin that has no score.
        """
        if bins.ndim != 2 or bins.shape[1] != len(self.of_bins):
            raise ValueError(f"bins are rows x {len(self.of_bins)} features, not {bins.shape}")
        present = bins >= 0
        scores = np.zeros(bins.shape)
        for feature, known in enumerate(self.of_bins):
            there = present[:, feature]
            placed = bins[there, feature]
            if placed.size and placed.max() >= len(known):
                raise ValueError(f"feature {feature} has {len(known)} bins, not {placed.max() + 1}")
            scores[there, feature] = np.asarray(known, dtype=np.float64)[placed]
        return scores, present.astype(np.float64)


def scores_of(reference: Sequence[Sequence[int]]) -> Scores:
    """Return the scores of bins by how many rows of the reference lie in each, in the order of the bins.

    A bin has the normal quantile of the middle of its ranks; ranks, and so scores, are the same for any law of the
    values, and no single value weighs much.
    """
    return Scores(tuple(_ranked(counts) for counts in reference))


def _ranked(counts: Sequence[int]) -> tuple[int, ...]:
    from scipy.special import ndtri

    held = np.asarray(counts, dtype=np.float64) + 0.5  # an empty bin has ranks too: a window may fill it
    middles = (held.cumsum() - held / 2) / held.sum() if held.size else held
    return tuple(int(each) for each in np.rint(STEPS * ndtri(middles)))
