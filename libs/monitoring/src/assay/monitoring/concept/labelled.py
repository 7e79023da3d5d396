"""A reference of labelled windows, of whatever kind the model is: what a window is held to, and what it foretells."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self

from assay.monitoring.concept.binary import BinaryReference
from assay.monitoring.concept.dispersion import LEAST_WINDOWS, Dispersion
from assay.monitoring.concept.multiclass import MulticlassReference
from assay.monitoring.concept.ranking import RankingReference
from assay.monitoring.concept.regression import RegressionReference
from assay.monitoring.concept.states import Findings
from assay.monitoring.performance.binary import BinaryCounts
from assay.monitoring.performance.metrics import binary_metrics, multiclass_metrics, regression_metrics
from assay.monitoring.performance.multiclass import MulticlassCounts
from assay.monitoring.performance.papers import ModelCounts, added_up
from assay.monitoring.performance.ranking import RankingCounts, ranking_metrics
from assay.monitoring.performance.regression import RegressionCounts

__all__ = ["Estimated", "LabelledReference", "Level", "alike", "figures", "panes_of"]

LEAST_LABELLED, MOST_PANES = 100, 160
"""Labels of a pane of a reference that helps to tell how panes differ, and how many panes of it are kept."""

_Tests = BinaryReference | RegressionReference | MulticlassReference | RankingReference


@dataclass(frozen=True, slots=True)
class Estimated:
    """Figures before labels by name, and how far a realised one may be from its estimate by chance: a standard error."""

    figures: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Level:
    """How much windows of about so many labelled predictions differ without any drift."""

    labelled: float
    dispersion: Dispersion


@dataclass(frozen=True, slots=True)
class LabelledReference:
    """Labelled counts of a reference, and how much windows of it differ, by their size."""

    counts: ModelCounts
    levels: tuple[Level, ...] = ()

    @classmethod
    def of(cls, windows: Sequence[ModelCounts]) -> Self:
        """Learn from windows of a reference in order of time: twenty of them show how windows differ, fewer do not.

        Raises:
            MixedCountsError: there is none, or they are not of one shape.
        """
        whole = added_up(windows)
        levels: list[Level] = []
        while len(windows) >= LEAST_WINDOWS:
            found = [_findings(whole, each) for each in windows]
            levels.append(Level(whole.labelled / len(windows), Dispersion.of(found)))
            windows = [added_up(pair) for pair in zip(windows[::2], windows[1::2], strict=False)]
        return cls(whole, tuple(levels))

    def findings(self, window: ModelCounts) -> Findings:
        """Return what the tests of a window find, eased by how much windows of its size differ anyway.

        Windows of several classes that were counted without the calibration of the reference have the test of their
        loss alone.
        """
        found = _findings(self.counts, window)
        if not self.levels:
            return found
        size = math.log(max(window.labelled, 1))
        nearest = min(self.levels, key=lambda level: abs(math.log(max(level.labelled, 1)) - size))
        return nearest.dispersion.ease(found)

    def estimated(self, window: ModelCounts) -> Estimated:
        """Return what figures of a window will most likely be once labels are there; empty where nothing can be said."""
        return _estimated(_tests(self.counts), window)


def panes_of(labelled: int) -> int:
    """Return into how many panes a reference with so many labels is cut: 20, doubled as long as one keeps enough.

    1 where 20 are too many: then nothing tells how windows differ.
    """
    panes = LEAST_WINDOWS
    while panes < MOST_PANES and labelled // (2 * panes) >= LEAST_LABELLED:
        panes *= 2
    return panes if labelled // panes >= LEAST_LABELLED else 1


def alike(one: ModelCounts, other: ModelCounts) -> bool:
    """Whether counts were made by the same rules: of one kind of model, with the same classes, cells or cutoff."""
    if isinstance(one, MulticlassCounts) and isinstance(other, MulticlassCounts):
        return one.classes == other.classes
    if isinstance(one, RegressionCounts) and isinstance(other, RegressionCounts):
        return one.edges == other.edges
    if isinstance(one, RankingCounts) and isinstance(other, RankingCounts):
        return one.cutoff == other.cutoff
    return isinstance(one, BinaryCounts) and isinstance(other, BinaryCounts)


def figures(counts: ModelCounts) -> dict[str, float]:
    """Return the figures of the labelled predictions by name; one that can't be said is left out."""
    match counts:
        case BinaryCounts():
            found = asdict(binary_metrics(counts))
        case MulticlassCounts():
            found = asdict(multiclass_metrics(counts)) if counts.labelled else {}
        case RegressionCounts():
            found = asdict(regression_metrics(counts))
        case RankingCounts():
            found = asdict(ranking_metrics(counts))
    return {name: value for name, value in found.items() if value is not None}


@functools.lru_cache(maxsize=64)
def _tests(counts: ModelCounts) -> _Tests:
    """Calibrating a reference takes longer than all tests of a window."""
    match counts:
        case BinaryCounts():
            return BinaryReference.of(counts)
        case RegressionCounts():
            return RegressionReference(counts)
        case RankingCounts():
            return RankingReference(counts)
        case MulticlassCounts():
            return MulticlassReference(counts)


def _findings(reference: ModelCounts, window: ModelCounts) -> Findings:
    coverage = window.labelled / window.n if window.n else 0.0
    match _tests(reference), window:
        case (BinaryReference() as by, BinaryCounts() as counts):
            return Findings(window.labelled, coverage, by.loss(counts), by.foretold(counts), by.calibration(counts))
        case (RegressionReference() as errors, RegressionCounts() as sizes):
            tested = errors.loss(sizes), errors.foretold(sizes), errors.calibration(sizes)
            return Findings(window.labelled, coverage, *tested)
        case (MulticlassReference() as several, MulticlassCounts() as votes):
            tested = several.loss(votes), several.foretold(votes), several.calibration(votes)
            return Findings(window.labelled, coverage, *tested)
        case (RankingReference() as lists, RankingCounts() as mine):
            return Findings(window.labelled, coverage, lists.loss(mine), None, None)
    raise TypeError("a window is held to a reference of its own kind")


def _estimated(tests: _Tests, window: ModelCounts) -> Estimated:
    if isinstance(tests, BinaryReference) and isinstance(window, BinaryCounts) and (found := tests.estimate(window)):
        return _named(asdict(found), "accuracy")
    if isinstance(tests, RegressionReference) and isinstance(window, RegressionCounts):
        return _named(asdict(told), "mae") if (told := tests.estimate(window)) else Estimated()
    if isinstance(tests, MulticlassReference) and isinstance(window, MulticlassCounts):
        return _named(asdict(said), "accuracy") if (said := tests.estimate(window)) else Estimated()
    return Estimated()


def _named(found: dict[str, float | None], sure_of: str) -> Estimated:
    error = found.pop("error") or 0.0
    return Estimated({name: value for name, value in found.items() if value is not None}, {sure_of: error})
