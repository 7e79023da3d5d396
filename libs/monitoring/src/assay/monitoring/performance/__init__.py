"""How a model did: counts of predictions and labels that merge, figures from them, and windows of prediction time."""

from __future__ import annotations

from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.binary import BinaryCounts, count_binary
from assay.monitoring.performance.errors import MixedCountsError, PerformanceError, UnreadableCountsError
from assay.monitoring.performance.exact import Exact, Moments
from assay.monitoring.performance.foretold import Calibration, Foretold
from assay.monitoring.performance.labels import Entry, Label, Pair, Prediction
from assay.monitoring.performance.metrics import (
    BinaryMetrics,
    MulticlassMetrics,
    RegressionMetrics,
    binary_metrics,
    multiclass_metrics,
    regression_metrics,
)
from assay.monitoring.performance.multiclass import MulticlassCounts, codes, count_multiclass
from assay.monitoring.performance.ranking import RankingCounts, RankingMetrics, count_ranking, ranking_metrics
from assay.monitoring.performance.regression import LARGEST, RegressionCounts, count_regression
from assay.monitoring.performance.windows import Counts, Delta, Joined, Performance, Windows, merged

__all__ = [
    "LARGEST",
    "Additive",
    "BinaryCounts",
    "BinaryMetrics",
    "Calibration",
    "Counts",
    "Delta",
    "Entry",
    "Exact",
    "Foretold",
    "Joined",
    "Label",
    "MixedCountsError",
    "Moments",
    "MulticlassCounts",
    "MulticlassMetrics",
    "Pair",
    "Performance",
    "PerformanceError",
    "Prediction",
    "RankingCounts",
    "RankingMetrics",
    "RegressionCounts",
    "RegressionMetrics",
    "UnreadableCountsError",
    "Windows",
    "binary_metrics",
    "codes",
    "count_binary",
    "count_multiclass",
    "count_ranking",
    "count_regression",
    "merged",
    "multiclass_metrics",
    "ranking_metrics",
    "regression_metrics",
]
