"""A reference and a window side by side, bin by bin: what their tests and distances all begin with, made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from assay.monitoring.profiles.columns import Booleans, Floats, Ints

__all__ = ["Sides", "shares_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Counts of both; lines are features, columns are bins."""

    reference: Ints
    window: Ints
    values: Ints
    """Of the reference, by feature."""
    window_values: Ints
    used: Booleans
    """Bins that either has something in."""
    bins: Ints
    """How many these are, by feature."""

    @classmethod
    def of(cls, reference: Ints, window: Ints, values: Ints | None = None) -> Self:
        """Lay two side by side; `values` are those of the reference, where they are known already."""
        used = (reference + window) > 0
        values = reference.sum(axis=1) if values is None else values
        return cls(reference, window, values, window.sum(axis=1), used, used.view(np.int8).sum(axis=1, dtype=np.int64))


def shares_of(counts: Ints | Floats, values: Ints | Floats | None = None) -> Floats:
    """Return the share of each bin, 0 of nothing; `values` are the sums of the lines, where they are known already."""
    values = counts.sum(axis=1) if values is None else values
    shares: Floats = counts / np.maximum(values, 1)[:, None]
    return shares
