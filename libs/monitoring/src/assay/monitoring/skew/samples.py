"""One feature of one prediction, as the model was given it and as it is recomputed, and whether the two agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

__all__ = ["TOLERANCE", "Sample", "Value", "agree", "distance", "is_sampled"]

Value = str | int | float | bool | None

TOLERANCE = 1e-6
"""How far two floats may be apart, by the larger of them, and still agree."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of one feature at the same as-of time; `older` are what the recomputation gave at times before, if known."""

    online: Value
    offline: Value
    older: tuple[Value, ...] = ()


def is_sampled(prediction_id: str, share: float) -> bool:
    """Say whether a prediction is among those that are recomputed: the same ones everywhere, about that share of all."""
    digest = blake2b(prediction_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def agree(online: Value, offline: Value, tolerance: float = TOLERANCE) -> bool:
    """Say whether two values are the same: floats within the tolerance, everything else exactly.

    Nothing agrees with nothing, NaN with NaN; a whole number and a float of that value agree, a number and text never.
    """
    if isinstance(online, float) or isinstance(offline, float):
        return distance(online, offline) <= tolerance
    return isinstance(online, str) == isinstance(offline, str) and online == offline


def distance(online: Value, offline: Value) -> float:
    """Return how far two numbers are apart, by the larger of them; infinitely far where one is no finite number."""
    if not isinstance(online, int | float) or not isinstance(offline, int | float):
        return math.inf
    if online == offline:
        return 0.0
    try:
        if not (math.isfinite(online) and math.isfinite(offline)):
            return 0.0 if math.isnan(online) and math.isnan(offline) else math.inf
        return abs(online - offline) / max(abs(online), abs(offline))
    except OverflowError:  # a whole number beyond every double, against one that is not
        return math.inf
