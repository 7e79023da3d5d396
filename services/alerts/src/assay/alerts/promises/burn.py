"""How fast what may go wrong is used up: shares of bad records in multiples of the share that is promised. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["HOUR_MS", "OVER_S", "BurnRate", "burn_rate", "in_words"]

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


def burn_rate(over_s: int, records: int, bad: int, budget: float) -> BurnRate:
    """Return the rate at which so many bad ones of so many records use up the budget; of none, nothing is."""
    if not bad:
        return BurnRate(over_s, 0.0, records)
    return BurnRate(over_s, bad / records / budget if budget > 0 else math.inf, records)


def in_words(over_s: int) -> str:
    """The stretch as a label: `1h`, `6h`, `3d`."""
    return _WORDS[over_s]
