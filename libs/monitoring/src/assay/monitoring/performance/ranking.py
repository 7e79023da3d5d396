"""What a window of a ranking is: exact sums over lists of how well the first places were filled, which merge by addition.

A prediction is a list of items, best first. Relevance is a number from 0, known of some items:

- an item of a list that nothing is known of, while something is known of another, counts as relevance 0: who was shown a
  list and chose from it passed the rest by;
- a list of which nothing is known is a prediction without a label;
- an item that is relevant and stands below the first places, or in no place at all, is one that the list should have had:
  it is in the best possible list, and in what recall is a share of;
- a list in which nothing is relevant counts 0 in every figure.

`k` is the cutoff, how many places are looked at. With g(i) the relevance of the item in place i, from 1:

- NDCG: DCG = sum of g(i) / log2(i + 1) over k places, by that of the best possible list (Järvelin and Kekäläinen 2002, with
  relevance itself as the gain and a discount from the second place on, as scikit-learn's `ndcg_score` has it; a gain of
  2**g - 1, as Burges et al. 2005 have it, is the same where relevance is 0 or 1);
- average precision: sum over places i with a relevant item of the share of relevant ones among the first i, by the smaller
  of k and the relevant items that there are;
- reciprocal rank: 1 / i of the first relevant item in the first k places, else 0;
- precision, recall: relevant items in the first k places, by k, and by the relevant items that there are;
- hit: whether there is one in the first k places.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.exact import NONE, ZERO, Exact, Moments

__all__ = [
    "CUTOFF",
    "RankingCounts",
    "RankingMetrics",
    "count_ranking",
    "is_relevance",
    "ranking_metrics",
    "relevance_row",
    "row_of",
]

Floats = NDArray[np.float64]

CUTOFF = 10
LARGEST = 2.0**240
"""A larger relevance is none."""


@dataclass(frozen=True, slots=True)
class RankingCounts(Additive):
    """Lists of one window, and exact sums over those of which something is known."""

    cutoff: float
    """How many places are looked at. It is no count, which an int would be."""
    lists: int = 0
    losses: Moments = NONE
    """1 less NDCG."""
    average_precision: Exact = ZERO
    reciprocal_rank: Exact = ZERO
    recall: Exact = ZERO
    relevant: int = 0
    """Relevant items in the first places."""
    hits: int = 0
    """Lists that have one there."""

    @classmethod
    def empty(cls, cutoff: float = CUTOFF) -> Self:
        """Return what no list comes to."""
        return cls(float(cutoff))

    @property
    def n(self) -> int:
        """Lists."""
        return self.lists

    @property
    def labelled(self) -> int:
        """Lists of which something is known."""
        return self.losses.n


@dataclass(frozen=True, slots=True)
class RankingMetrics:
    """Figures of a ranking, means over lists; all look at the first places alone."""

    ndcg: float | None
    map: float | None
    """The mean of average precision."""
    mrr: float | None
    """The mean of reciprocal rank."""
    precision: float | None
    recall: float | None
    hit_rate: float | None


def is_relevance(value: float) -> bool:
    """Say whether a number is one: it is finite and not below 0, and no larger than anybody means."""
    return 0 <= value < LARGEST


def relevance_row(gains: Sequence[float], others: Iterable[float], cutoff: int) -> tuple[float, ...]:
    """Return a list as it is counted, for `count_ranking`: what is in its first places, what is relevant, the best DCG.

    Args:
        gains: the relevance of each item, in the order of the list; 0 where nothing is known.
        others: the relevance of items that are in no place.
        cutoff: how many places are looked at.
    """
    relevant = sorted((each for each in (*gains, *others) if each > 0), reverse=True)
    best = 0.0
    for gain, discount in zip(relevant, _discounts(cutoff), strict=False):
        best += gain * discount
    first = (*gains[:cutoff], *(0.0,) * (cutoff - len(gains)))
    return (*first, float(len(relevant)), best)


def row_of(items: Sequence[str], relevance: Mapping[str, float], cutoff: int) -> tuple[float, ...]:
    """Return a list of ids as it is counted, with what is known of items; NaN throughout where that is nothing.

    Of an id that is in the list twice the first place stands.
    """
    if not relevance:
        return (math.nan,) * (cutoff + 2)
    places = list(dict.fromkeys(items))
    gains = [relevance.get(each, 0.0) for each in places]
    listed = set(places)
    return relevance_row(gains, [each for name, each in relevance.items() if name not in listed], cutoff)


def count_ranking(cutoff: int, rows: Floats) -> RankingCounts:
    """Count lists, each a row as `row_of` returns it.

    What a row comes to depends on it alone, to the last bit: the same rows in any order and grouping have the same sum.
    """
    known = rows[~np.isnan(rows[:, -1])]
    gains, total, best = known[:, :cutoff], known[:, -2], known[:, -1]
    gained, precise, first = np.zeros((3, len(known)))
    found = np.zeros(len(known))
    for place, discount in enumerate(_discounts(cutoff)):
        is_relevant = gains[:, place] > 0
        gained += gains[:, place] * discount
        found += is_relevant
        precise += np.where(is_relevant, found / (place + 1), 0.0)
        first = np.where(is_relevant & (first == 0), 1 / (place + 1), first)
    there = np.maximum(total, 1)
    ndcg = np.minimum(gained / np.where(best > 0, best, 1.0), 1.0)
    return RankingCounts(
        cutoff=float(cutoff),
        lists=len(rows),
        losses=Moments.of(1 - ndcg),
        average_precision=Exact.of(precise / np.minimum(there, cutoff)),
        reciprocal_rank=Exact.of(first),
        recall=Exact.of(found / there),
        relevant=int(found.sum()),
        hits=int(np.count_nonzero(found)),
    )


def ranking_metrics(counts: RankingCounts) -> RankingMetrics:
    """Return the figures of the lists of which something is known; None of none."""
    n = counts.labelled
    if not n:
        return RankingMetrics(None, None, None, None, None, None)
    return RankingMetrics(
        ndcg=float(1 - counts.losses.total.fraction / n),
        map=float(counts.average_precision.fraction / n),
        mrr=float(counts.reciprocal_rank.fraction / n),
        precision=counts.relevant / (n * int(counts.cutoff)),
        recall=float(counts.recall.fraction / n),
        hit_rate=counts.hits / n,
    )


def _discounts(cutoff: int) -> list[float]:
    return [1 / math.log2(place + 1) for place in range(1, cutoff + 1)]
