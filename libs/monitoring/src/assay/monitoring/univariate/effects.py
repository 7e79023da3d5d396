"""How far a window is from its reference, for all features at once: numbers that do not grow with the rows."""

from __future__ import annotations

import numpy as np

from assay.monitoring.profiles.columns import Booleans, Floats, Ints
from assay.monitoring.univariate.sides import Sides, shares_of

__all__ = [
    "hellinger",
    "hellinger_of",
    "jensen_shannon",
    "jensen_shannon_of",
    "parts_of_psi",
    "psi",
    "psi_bias",
    "psi_of_rate",
    "rising",
    "wasserstein",
    "wasserstein_of",
]


def parts_of_psi(sides: Sides) -> Floats:
    """Return what each bin adds to the PSI; half a row is added to every bin of both sides, so that none is empty."""
    return _parts(sides.reference, sides.window, sides.used, bins=1)


def psi(sides: Sides) -> Floats:
    """Population stability index, the sum of its parts."""
    summed: Floats = parts_of_psi(sides).sum(axis=1)
    return summed


def psi_bias(sides: Sides, dispersion: Floats | float = 1.0) -> Floats:
    """Return the PSI that chance alone makes on average: (bins - 1) (1/n + 1/m), times the dispersion of the windows."""
    return _bias(sides.values, sides.window_values, sides.bins, dispersion)


def psi_of_rate(hits: Ints, rows: int, window_hits: Ints, window_rows: int, factor: Floats | float = 1.0) -> Floats:
    """Return the PSI of a rate and its rest, less what chance makes of it."""
    reference, window = np.array([hits, rows - hits]), np.array([window_hits, window_rows - window_hits])
    used = (reference + window) > 0
    parts = _parts(reference, window, used, bins=0)
    corrected: Floats = parts[0] + parts[1] - _bias(rows, window_rows, used[0] + used[1].astype(np.int64), factor)
    return corrected


def _parts(reference: Ints, window: Ints, used: Booleans, bins: int) -> Floats:
    """What each bin adds, where bins stand along that axis."""
    r, w = np.where(used, reference + 0.5, 0.0), np.where(used, window + 0.5, 0.0)
    r /= np.maximum(r.sum(axis=bins, keepdims=True), 1e-300)
    w /= np.maximum(w.sum(axis=bins, keepdims=True), 1e-300)
    apart = w - r
    unused = ~used
    w[unused] = r[unused] = 1.0
    w /= r
    parts: Floats = np.log(w, out=w)
    parts *= apart
    return parts


def _bias(values: Ints | int, window_values: Ints | int, bins: Ints, dispersion: Floats | float) -> Floats:
    bias: Floats = dispersion * np.maximum(bins - 1, 0) * (1 / np.maximum(values, 1) + 1 / np.maximum(window_values, 1))
    return bias


def jensen_shannon(reference: Ints | Floats, window: Ints) -> Floats:
    """Jensen-Shannon divergence in nats, 0 to ln 2; its root is the distance."""
    return jensen_shannon_of(shares_of(reference), shares_of(window))


def jensen_shannon_of(r: Floats, w: Floats) -> Floats:
    """Return the divergence of shares that add up to one."""
    middle = (r + w) / 2
    summed: Floats = ((_relative(r, middle) + _relative(w, middle)) / 2).sum(axis=1)
    return np.maximum(summed, 0.0)


def hellinger(reference: Ints | Floats, window: Ints) -> Floats:
    """Hellinger distance, 0 to 1."""
    return hellinger_of(shares_of(reference), shares_of(window))


def hellinger_of(r: Floats, w: Floats) -> Floats:
    """Return the distance of shares that add up to one."""
    gaps = np.sqrt(r) - np.sqrt(w)
    distance: Floats = np.sqrt((gaps**2).sum(axis=1) / 2)
    return distance


def wasserstein(reference: Ints | Floats, window: Ints, centres: Floats) -> Floats:
    """Earth mover's distance between the bins' centres, in the feature's own unit; the centres rise."""
    return wasserstein_of(shares_of(reference), shares_of(window), centres)


def wasserstein_of(r: Floats, w: Floats, centres: Floats) -> Floats:
    """Return the distance of shares that add up to one."""
    gaps = np.abs(np.cumsum(r - w, axis=1))[:, :-1]
    distance: Floats = (gaps * np.diff(centres, axis=1)).sum(axis=1)
    return distance


def rising(centres: Floats, there: Booleans) -> Floats:
    """Give bins without a row the centre of the one before, or of the first that has some: they add nothing to a distance."""
    first = np.where(there, centres, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    risen = np.maximum(np.maximum.accumulate(np.where(there, centres, -np.inf), axis=1), first)
    return np.where(np.isfinite(risen), risen, 0.0)


def _relative(share: Floats, middle: Floats) -> Floats:
    there = share > 0
    ratio = np.divide(share, middle, out=np.ones_like(share), where=there)
    logs: Floats = np.log(ratio, out=ratio)
    logs *= share
    return logs
