"""Streams that are made by seed: without drift, with seasons, and a shop's rows with all that real files have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from assay.monitoring.profiles import Labels, Numbers, Table
from assay.monitoring.profiles.columns import Floats

__all__ = ["FEATURES", "KINDS", "autoregressive", "hours", "stationary"]

FEATURES = 50
KINDS = ("normal", "lognormal", "zipf", "autoregressive")
LEVELS = 50


def autoregressive(rng: np.random.Generator, rows: int, rho: float = 0.9) -> Floats:
    """Rows of which each is like the one before, with mean 0 and deviation 1."""
    noise = rng.standard_normal(rows) * np.sqrt(1 - rho * rho)
    noise[0] /= np.sqrt(1 - rho * rho)
    filtered: Floats = lfilter([1.0], [1.0, -rho], noise)
    return filtered


def stationary(kind: str, seed: int) -> Callable[[int], Table]:
    """Return what gives the next rows of 50 features without drift."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, LEVELS + 1) ** 1.2
    words = tuple(f"level {number}" for number in range(LEVELS))

    def draw(rows: int) -> Table:
        names = [f"f{number}" for number in range(FEATURES)]
        match kind:
            case "normal":
                return {name: Numbers(rng.standard_normal(rows)) for name in names}
            case "lognormal":
                return {name: Numbers(rng.lognormal(size=rows)) for name in names}
            case "zipf":
                return {name: Labels(rng.choice(LEVELS, rows, p=shares / shares.sum()), words) for name in names}
        return {name: Numbers(autoregressive(rng, rows)) for name in names}

    return draw


def hours(rng: np.random.Generator, rows: int, start: int = 0) -> Table:
    """Hours with days, weeks and years in them, as of a bicycle hire."""
    hour = start + np.arange(rows)
    day, year = np.sin(2 * np.pi * hour / 24), np.sin(2 * np.pi * hour / 8_766)
    weekend = (hour // 24) % 7 >= 5
    warmth = 15 + 8 * year + 4 * day + 2 * autoregressive(rng, rows, 0.97)
    hired = 200 + 80 * day - 40 * weekend + 50 * year + 25 * autoregressive(rng, rows, 0.8)
    return {
        "temperature": Numbers(warmth),
        "hired": Numbers(np.maximum(np.round(hired), 0.0)),
        "rain": Numbers(np.where(rng.random(rows) < 0.9, 0.0, rng.gamma(1, 3, rows))),
        "hour": Numbers((hour % 24).astype(np.float64)),
        "weekday": Labels((hour // 24) % 7, ("mo", "tu", "we", "th", "fr", "sa", "su")),
        "battery": Numbers(rng.standard_normal(rows)),
    }
