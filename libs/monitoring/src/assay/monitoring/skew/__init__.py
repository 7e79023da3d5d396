"""Training and serving skew: what a model was given against what is recomputed for the same prediction and time."""

from __future__ import annotations

from assay.monitoring.skew.counts import SkewCounts, count_skew
from assay.monitoring.skew.samples import Sample, Value, agree, is_sampled
from assay.monitoring.skew.verdict import SkewRule, SkewVerdict, judge_skew, wilson

__all__ = [
    "Sample",
    "SkewCounts",
    "SkewRule",
    "SkewVerdict",
    "Value",
    "agree",
    "count_skew",
    "is_sampled",
    "judge_skew",
    "wilson",
]
