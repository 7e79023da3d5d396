"""How fast what may go wrong is used up: shares of bad records in multiples of the share that is promised. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["HOUR_MS", "OVER_S", "BurnRate", "Burned", "burn_rate", "burn_rates", "in_words", "stretches"]

HOUR_MS = 3_600_000
OVER_S = (3_600, 6 * 3_600, 3 * 24 * 3_600)
"""The stretches of event time that burn rates are counted over: 1 h, 6 h, 3 d."""

_WORDS = {3_600: "1h", 21_600: "6h", 259_200: "3d"}


@dataclass(frozen=True, slots=True)
class BurnRate:
    """1 is as fast as promised, 0 is not at all; infinite where nothing may go wrong and something did."""

    over_s: int
    rate: float
    records: int
    bad: int = 0
    to_ms: int = 0
    """The end of the newest window that is counted; 0 where that is not known, and all of it must be counted anew."""


@dataclass(frozen=True, slots=True)
class Burned:
    """Records of some windows, and how many of them count against the promise."""

    records: int = 0
    bad: int = 0


def stretches(before: Sequence[BurnRate], to_ms: int) -> list[tuple[int, int]]:
    """Return what must be counted for the burn rates up to then: the ends of windows, after the first, by the second.

    With rates that were counted before, it is what came since, and what each of them leaves behind: a few windows instead
    of those of three days.
    """
    if not before:
        return [(to_ms - 1_000 * over_s, to_ms) for over_s in OVER_S]
    since_ms = before[0].to_ms
    return [(since_ms, to_ms), *((since_ms - 1_000 * over_s, to_ms - 1_000 * over_s) for over_s in OVER_S)]


def burn_rates(before: Sequence[BurnRate], to_ms: int, counted: Sequence[Burned], budget: float) -> list[BurnRate]:
    """Return the burn rates up to then, from what the stretches for them came to."""
    if not before:
        return [
            burn_rate(over_s, found.records, found.bad, budget, to_ms)
            for over_s, found in zip(OVER_S, counted, strict=True)
        ]
    came, *left = counted
    return [
        burn_rate(old.over_s, old.records + came.records - gone.records, old.bad + came.bad - gone.bad, budget, to_ms)
        for old, gone in zip(before, left, strict=True)
    ]


def burn_rate(over_s: int, records: int, bad: int, budget: float, to_ms: int = 0) -> BurnRate:
    """Return the rate at which so many bad ones of so many records use up the budget; of none, nothing is."""
    rate = 0.0 if not bad else bad / records / budget if budget > 0 else math.inf
    return BurnRate(over_s, rate, records, bad, to_ms)


def in_words(over_s: int) -> str:
    """The stretch as a label: `1h`, `6h`, `3d`."""
    return _WORDS[over_s]
