"""The newest windows of a promise as a row of bars, with the limit in words beside it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["BARS", "GAP", "heights", "sparkline"]

BARS = "▁▂▃▅▇"
GAP = "·"
"""A window without a value."""


def sparkline(values: Sequence[float | None], limit: float | None = None) -> str:
    """Return a bar for each value, as high as its share of the largest of values and limit; nothing for no values."""
    return "".join(
        GAP if height is None else BARS[min(int(height * len(BARS)), len(BARS) - 1)]
        for height in heights(values, limit)
    )


def heights(values: Sequence[float | None], limit: float | None = None) -> list[float | None]:
    """Return each value as a share of the largest, from 0 to 1; what is below 0, or no number, is 0."""
    most = max((each for each in (*values, limit) if each is not None and 0 < each < float("inf")), default=0.0)
    return [None if each is None else _share(each, most) for each in values]


def _share(value: float, most: float) -> float:
    if not value > 0 or most <= 0:
        return 0.0
    return min(value / most, 1.0)
