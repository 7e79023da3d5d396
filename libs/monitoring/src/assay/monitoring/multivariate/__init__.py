"""Drift that no feature shows alone: correlations that broke, while each feature looks as ever."""

from assay.monitoring.multivariate.pairs import PairFinding, PairReference, PairVerdict, judge_pairs, reference_of
from assay.monitoring.multivariate.products import PairSums, pair_sums_of
from assay.monitoring.multivariate.scores import Scores, scores_of

__all__ = [
    "PairFinding",
    "PairReference",
    "PairSums",
    "PairVerdict",
    "Scores",
    "judge_pairs",
    "pair_sums_of",
    "reference_of",
    "scores_of",
]
