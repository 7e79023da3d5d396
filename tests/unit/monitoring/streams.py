"""Streams that are made by seed: without drift, with seasons, and a shop's rows with all that real files have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from assay.monitoring.profiles import Labels, Numbers, Table
from assay.monitoring.profiles.columns import Floats

__all__ = ["FEATURES", "KINDS", "SEASONS", "autoregressive", "hours", "seasonal", "stationary"]

FEATURES = 50
KINDS = ("normal", "lognormal", "zipf", "autoregressive")
LEVELS = 50
SEASONS = ("normal", "lognormal", "counts", "words", "autoregressive", "weather", "no season")
MONDAY_S = 1_704_067_200
WEEK_H = 168


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


def seasonal(kind: str, seed: int, features: int = 10) -> Callable[[int, int, int, float], tuple[Floats, Table]]:
    """Return what gives moments and rows of some hours from one on, so many an hour: a day and a week are in them.

    The first feature is moved by a part of the deviation that it has beside its season.
    """
    rng = np.random.default_rng(seed)

    def draw(start: int, hours: int, per_hour: int, moved: float = 0.0) -> tuple[Floats, Table]:
        rows = rng.poisson(per_hour, hours)
        at = start + np.repeat(np.arange(hours), rows) + rng.random(int(rows.sum()))
        at.sort()
        shifts = [moved, *[0.0] * (features - 1)]
        return MONDAY_S + 3_600 * at, {
            f"f{number}": _in_season(kind, rng, at - start, at, shift) for number, shift in enumerate(shifts)
        }

    return draw


def _in_season(kind: str, rng: np.random.Generator, since: Floats, at: Floats, moved: float) -> Numbers | Labels:
    day, week = np.sin(2 * np.pi * at / 24), np.sin(2 * np.pi * at / WEEK_H)
    season, noise = 3 * day + week, rng.standard_normal(len(at)) + moved
    match kind:
        case "normal":
            return Numbers(season + noise)
        case "lognormal":
            return Numbers(np.exp(0.5 * day + 0.3 * noise))
        case "counts":
            return Numbers(rng.poisson(np.exp(1 + 0.8 * day + 0.3 * moved)).astype(np.float64))
        case "words":
            parts = np.stack(
                [0.3 + 0.2 * day + 0.1 * moved, 0.4 - 0.1 * day + 0.1 * week - 0.1 * moved, 0.3 - 0.1 * day]
            )
            drawn = rng.random(len(at)) * parts.sum(axis=0)
            return Labels((drawn > np.cumsum(parts, axis=0)[:2]).sum(axis=0), ("a", "b", "c"))
        case "autoregressive":
            return Numbers(season + autoregressive(rng, len(at)) + moved)
        case "weather":
            hourly = autoregressive(rng, int(since.max()) + 2, 0.97)
            return Numbers(season + 0.5 * hourly[since.astype(np.int64)] + noise)
    return Numbers(noise)
