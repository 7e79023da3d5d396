"""Labelled predictions that were counted in several ways, as while a reference comes into force."""

from __future__ import annotations

import numpy as np

from assay.drift.judging.totals import ModelCounts
from assay.drift.windows.counts import SliceCounts, packed, unpacked
from assay.drift.windows.merged import Counts, totals_of
from assay.monitoring.concept import calibration_of, count_reference
from assay.monitoring.performance import (
    MulticlassCounts,
    RegressionCounts,
    count_multiclass,
    count_regression,
    regression_metrics,
)

CLASSES = ("a", "b", "c")
SCORES = np.random.default_rng(1).dirichlet((1, 1, 1), 500)
SAID, TRUTHS = SCORES.argmax(axis=1), SCORES.argmax(axis=1)
(REFERENCE,) = count_reference(CLASSES, SAID, SCORES, TRUTHS)
WORTH = calibration_of(REFERENCE)


def counted(rows: slice, *, labelled: bool = True, calibrated: bool = True) -> MulticlassCounts:
    truths = TRUTHS[rows] if labelled else np.full(SAID[rows].size, -1)
    return count_multiclass(CLASSES, SAID[rows], SCORES[rows], truths, WORTH if calibrated else None)


def together(*ways: MulticlassCounts) -> MulticlassCounts | None:
    found = totalled(*ways)
    assert found is None or isinstance(found, MulticlassCounts)
    return found


def totalled(*ways: MulticlassCounts | RegressionCounts) -> ModelCounts | None:
    parts = [SliceCounts(performance=(each,)) for each in ways]
    return totals_of(Counts(sum(parts[1:], parts[0]), {}), lambda _: None).performance


def test_labels_that_come_after_a_reference_count_for_predictions_from_before_it() -> None:
    before = counted(slice(0, 100), labelled=False, calibrated=False)
    after = counted(slice(0, 100)) - counted(slice(0, 100), labelled=False)

    found = together(before, after)

    assert found is not None
    assert found.bare() == counted(slice(0, 100)).bare()
    assert found.foretold.labelled.n == 100


def test_what_is_foretold_is_that_of_the_reference_that_most_were_counted_by() -> None:
    (other,) = count_reference(CLASSES, SAID[:50], SCORES[:50], TRUTHS[:50])
    theirs = count_multiclass(CLASSES, SAID[:9], SCORES[:9], TRUTHS[:9], calibration_of(other))

    found = together(theirs, counted(slice(9, 100)))

    assert found is not None
    assert (found.n, found.foretold) == (100, counted(slice(9, 100)).foretold)


def test_counts_with_what_they_foretell_and_without_it_are_read_as_they_were_written() -> None:
    for counts in (counted(slice(0, 40)), counted(slice(0, 40), calibrated=False)):
        kept = SliceCounts(performance=(counts,))
        assert unpacked(packed(kept)) == kept
    assert "foretold" not in counted(slice(0, 3), calibrated=False).written()  # type: ignore[operator]  # an object


def test_labels_of_a_regression_count_though_its_reference_came_between() -> None:
    said = np.random.default_rng(2).normal(size=100)
    truths, edges = said + 0.5, (-1.0, 0.0, 1.0)
    before = count_regression(said)
    after = count_regression(said, truths, edges) - count_regression(said, None, edges)

    found = totalled(before, after)

    assert isinstance(found, RegressionCounts)
    assert (found.n, found.labelled, found.edges) == (100, 100, ())
    assert regression_metrics(found) == regression_metrics(count_regression(said, truths))
