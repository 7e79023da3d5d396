"""Drift that no feature shows alone: correlations that broke, while each feature looks as ever."""

from assay.monitoring.multivariate.making import MOST_PAIRED, even_windows, pairs_of
from assay.monitoring.multivariate.packing import UnreadableSumsError
from assay.monitoring.multivariate.pairs import PairFinding, PairReference, PairVerdict, judge_pairs, reference_of
from assay.monitoring.multivariate.papers import profile_with_pairs, read_pairs
from assay.monitoring.multivariate.placed import PairCounter, pair_counter
from assay.monitoring.multivariate.products import PairSums, pair_sums_of
from assay.monitoring.multivariate.scores import Scores, scores_of

__all__ = [
    "MOST_PAIRED",
    "PairCounter",
    "PairFinding",
    "PairReference",
    "PairSums",
    "PairVerdict",
    "Scores",
    "UnreadableSumsError",
    "even_windows",
    "judge_pairs",
    "pair_counter",
    "pair_sums_of",
    "pairs_of",
    "profile_with_pairs",
    "read_pairs",
    "reference_of",
    "scores_of",
]
