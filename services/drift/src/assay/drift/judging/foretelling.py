"""How large errors of a regression will be once labels are there, by the features that a window had."""

from __future__ import annotations

from assay.api.drift.v1 import window_pb2
from assay.drift.judging.totals import Totals
from assay.drift.references import Reference

__all__ = ["tell_by_features"]

NEARLY_ALL = 0.9
"""Share of the predictions whose features must have been counted, to speak for all of them."""


def tell_by_features(told: window_pb2.Performance, reference: Reference, totals: Totals) -> None:
    """Put an estimate by features in the place of one by the predictions alone, where the reference can and rows are there."""
    cells, pairs = totals.features.get(reference.id), totals.pairs.get(reference.id)
    if reference.losses is None or cells is None or pairs is None or "mae" not in told.estimated:
        return
    few, many = sorted((cells.rows, told.predictions))
    found = reference.losses.estimate(cells, pairs) if few >= NEARLY_ALL * many else None
    if found is not None:
        told.estimated["mae"], told.estimated["rmse"] = found.mae, found.rmse
        told.estimated_error["mae"] = found.error
