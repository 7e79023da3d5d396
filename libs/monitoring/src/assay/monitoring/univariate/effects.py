"""How far a window is from its reference, for all features at once: numbers that do not grow with the rows."""

from __future__ import annotations

import numpy as np

from assay.monitoring.profiles.columns import Floats, Ints

__all__ = ["hellinger", "jensen_shannon", "parts_of_psi", "psi", "psi_bias", "psi_of_rate", "wasserstein"]


def parts_of_psi(reference: Ints, window: Ints) -> Floats:
    """Return what each bin adds to the PSI; half a row is added to every bin of both sides, so that none is empty."""
    used = (reference + window) > 0
    r, w = np.where(used, reference + 0.5, 0.0), np.where(used, window + 0.5, 0.0)
    r = r / np.maximum(r.sum(axis=1, keepdims=True), 1e-300)
    w = w / np.maximum(w.sum(axis=1, keepdims=True), 1e-300)
    parts: Floats = (w - r) * np.log(np.where(used, w, 1.0) / np.where(used, r, 1.0))
    return parts


def psi(reference: Ints, window: Ints) -> Floats:
    """Population stability index, the sum of its parts."""
    summed: Floats = parts_of_psi(reference, window).sum(axis=1)
    return summed


def psi_bias(reference: Ints, window: Ints, dispersion: Floats | float = 1.0) -> Floats:
    """Return the PSI that chance alone makes on average: (bins - 1) (1/n + 1/m), times the dispersion of the windows."""
    m, n = reference.sum(axis=1), window.sum(axis=1)
    free = np.maximum(((reference + window) > 0).sum(axis=1) - 1, 0)
    bias: Floats = dispersion * free * (1 / np.maximum(m, 1) + 1 / np.maximum(n, 1))
    return bias


def psi_of_rate(hits: Ints, rows: int, window_hits: Ints, window_rows: int, factor: Floats | float = 1.0) -> Floats:
    """Return the PSI of a rate and its rest, less what chance makes of it."""
    reference = np.stack([hits, rows - hits], axis=1)
    window = np.stack([window_hits, window_rows - window_hits], axis=1)
    corrected: Floats = psi(reference, window) - psi_bias(reference, window, factor)
    return corrected


def jensen_shannon(reference: Ints | Floats, window: Ints) -> Floats:
    """Jensen-Shannon divergence in nats, 0 to ln 2; its root is the distance."""
    r, w = _shares(reference), _shares(window)
    middle = (r + w) / 2
    summed: Floats = ((_relative(r, middle) + _relative(w, middle)) / 2).sum(axis=1)
    return np.maximum(summed, 0.0)


def hellinger(reference: Ints | Floats, window: Ints) -> Floats:
    """Hellinger distance, 0 to 1."""
    gaps = np.sqrt(_shares(reference)) - np.sqrt(_shares(window))
    distance: Floats = np.sqrt((gaps**2).sum(axis=1) / 2)
    return distance


def wasserstein(reference: Ints | Floats, window: Ints, centres: Floats) -> Floats:
    """Earth mover's distance between the bins' centres, in the feature's own unit; the centres rise."""
    gaps = np.abs(np.cumsum(_shares(reference) - _shares(window), axis=1))[:, :-1]
    distance: Floats = (gaps * np.diff(centres, axis=1)).sum(axis=1)
    return distance


def _shares(counts: Ints | Floats) -> Floats:
    shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _relative(share: Floats, middle: Floats) -> Floats:
    there = share > 0
    logs: Floats = np.where(there, share * np.log(np.where(there, share, 1.0) / np.where(there, middle, 1.0)), 0.0)
    return logs
