"""How many false raises a model may have in a month, and the q that keeps to it."""

from __future__ import annotations

import math

__all__ = ["MINUTES_A_MONTH", "MOST", "false_raises", "q_for"]

MINUTES_A_MONTH = 30 * 24 * 60

MOST = 0.01
"""The q that is never exceeded, however few the windows."""


def false_raises(q: float, features: int, windows_a_month: float) -> float:
    """Return the false raises to expect in a month without any drift: three times q squared over the features, a window.

    A window without drift has some hit in a share q of cases (Benjamini and Hochberg), evenly over the features, and two
    of three must hit the same feature. The factor is 2 for windows apart; 3 leaves room for what they share.
    """
    return 3 * q * q / max(features, 1) * windows_a_month


def q_for(budget: float, features: int, windows_a_month: float) -> float:
    """Return the q whose false raises in a month are the budget, or `MOST` where that is less.

    Raises:
        ValueError: the budget is not above 0.
    """
    if not budget > 0:
        raise ValueError(f"a budget of {budget} false raises a month: take one above 0, as 1")
    return min(MOST, math.sqrt(budget * max(features, 1) / (3 * max(windows_a_month, 1e-9))))
