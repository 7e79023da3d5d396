"""Labelled counts of a reference, window by window, as a small JSON document and back: exact, with a version of its own.

It stands alone, or in a profile under the key `performance`, which an Assay that does not know it passes over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeGuard

from assay.monitoring.performance.binary import BinaryCounts
from assay.monitoring.performance.errors import MixedCountsError, UnreadableCountsError
from assay.monitoring.performance.multiclass import MulticlassCounts
from assay.monitoring.performance.ranking import RankingCounts
from assay.monitoring.performance.regression import RegressionCounts

__all__ = [
    "KEY",
    "PERFORMANCE_VERSION",
    "ModelCounts",
    "added_up",
    "kind_of",
    "performance_paper",
    "profile_with",
    "read_performance",
    "shape_of",
]

PERFORMANCE_VERSION = 1
KEY = "performance"
"""Where counts stand in a profile."""

ModelCounts = BinaryCounts | MulticlassCounts | RegressionCounts | RankingCounts

_KINDS: dict[str, type[BinaryCounts] | type[MulticlassCounts] | type[RegressionCounts] | type[RankingCounts]] = {
    "binary": BinaryCounts,
    "multiclass": MulticlassCounts,
    "regression": RegressionCounts,
    "ranking": RankingCounts,
}


def kind_of(counts: ModelCounts) -> str:
    """Return what the counted model predicts: binary, multiclass, regression or ranking."""
    return next(kind for kind, of in _KINDS.items() if isinstance(counts, of))


def shape_of(counts: ModelCounts) -> tuple[str, tuple[str, ...], tuple[float, ...]]:
    """Return what counts that can be added have in common: their kind, the classes with the calibration, the edges, the cutoff."""
    if isinstance(counts, RankingCounts):
        return type(counts).__name__, (), (counts.cutoff,)
    classes = (*counts.classes, counts.foretold.calibration) if isinstance(counts, MulticlassCounts) else ()
    return type(counts).__name__, classes, counts.edges if isinstance(counts, RegressionCounts) else ()


def performance_paper(windows: Sequence[ModelCounts]) -> dict[str, object]:
    """Return windows of one model, in order of time, as values of JSON.

    Raises:
        MixedCountsError: there is none, or they are not of one shape.
    """
    kind = kind_of(added_up(windows))
    return {"assay_performance": PERFORMANCE_VERSION, "kind": kind, "windows": [each.written() for each in windows]}


def profile_with(profile: str, windows: Sequence[ModelCounts]) -> str:
    """Return the text of a profile with labelled counts in it.

    Raises:
        MixedCountsError: there is no window, or they are not of one shape.
    """
    return json.dumps(json.loads(profile) | {KEY: performance_paper(windows)}, ensure_ascii=False)


def read_performance(text: str | bytes) -> tuple[ModelCounts, ...]:
    """Read the windows of such a document, or of a profile that holds one; none where there is none.

    Raises:
        UnreadableCountsError: it is no such document, of a version that is not known, or of mixed windows.
    """
    try:
        paper = json.loads(text) if text else {}
    except ValueError as error:
        raise UnreadableCountsError(f"no labelled counts: no JSON, {error}") from error
    if not _is_object(paper):
        raise UnreadableCountsError("no labelled counts: `assay drift profile --label` writes them")
    found = paper if "assay_performance" in paper else paper.get(KEY)
    if found is None:
        return ()
    if not _is_object(found) or found.get("assay_performance") != PERFORMANCE_VERSION:
        raise UnreadableCountsError(
            f"labelled counts of a version that is not known; this Assay knows {PERFORMANCE_VERSION}"
        )
    return _windows(found)


def added_up(windows: Sequence[ModelCounts]) -> ModelCounts:
    """Return the sum of windows.

    Raises:
        MixedCountsError: there is none, or they are not of one shape.
    """
    if not windows:
        raise MixedCountsError("there is no window to add up")
    whole = windows[0]
    for each in windows[1:]:
        whole = whole.combined(each, 1)  # type: ignore[arg-type]  # it says so itself where they are of two shapes
    return whole


def _windows(paper: dict[str, object]) -> tuple[ModelCounts, ...]:
    of, windows = _KINDS.get(str(paper.get("kind"))), paper.get("windows")
    if of is None or not isinstance(windows, list) or not windows:
        raise UnreadableCountsError(f"labelled counts have a kind ({', '.join(_KINDS)}) and windows")
    read = tuple(of.read(each) for each in windows)
    try:
        added_up([_nothing_like(read[0]), *read])
    except MixedCountsError as error:
        raise UnreadableCountsError(f"windows of labelled counts that don't add up: {error}") from error
    if not all(0 <= each.labelled <= each.n for each in read):
        raise UnreadableCountsError("windows with more labels than predictions, or with less than none")
    return read


def _nothing_like(counts: ModelCounts) -> ModelCounts:
    """What no prediction comes to, by the same rules: only what has all its cells can be added to it."""
    match counts:
        case BinaryCounts():
            return BinaryCounts()
        case MulticlassCounts():
            return MulticlassCounts.empty(counts.classes, counts.foretold.calibration)
        case RegressionCounts():
            return RegressionCounts.empty(counts.edges)
        case RankingCounts():
            return RankingCounts.empty(counts.cutoff)


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
