"""Many tests at once: Benjamini and Hochberg's bound on the share of false ones among those that are raised."""

from __future__ import annotations

import numpy as np

from assay.monitoring.profiles.columns import Floats

__all__ = ["adjusted"]


def adjusted(p: Floats) -> Floats:
    """Return the least q at which each test is raised; what is not a number was not tested, and counts for none."""
    flat = p.ravel()
    tested = np.flatnonzero(~np.isnan(flat))
    q = np.full(flat.shape, np.nan)
    if tested.size:
        order = tested[np.argsort(flat[tested], kind="stable")]
        stepped = flat[order] * tested.size / np.arange(1, tested.size + 1)
        q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    shaped: Floats = q.reshape(p.shape)
    return shaped
