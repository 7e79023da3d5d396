"""How many false raises a model may have in a month, and the q that keeps to it."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["MINUTES_A_MONTH", "MOST", "SHARE", "Chances", "chances_for", "false_raises", "q_for"]

MINUTES_A_MONTH = 30 * 24 * 60

MOST = 0.01
"""The q that is never exceeded, however few the windows."""

SHARE = 0.1
"""Of the budget, what performance may take, and skew and pairs of features as much each: features take two thirds at most where windows are
independent, for `false_raises` leaves them room."""

TESTS = 3
"""Tests of a window, each of which may be sure by itself."""


class Chances(NamedTuple):
    """How often a window without drift may have something that speaks, and a test that is enough by itself."""

    speaks: float = 0.001
    sure: float = 1e-6


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


def chances_for(budget: float, windows_a_month: float, overlap: int = 1) -> Chances:
    """Return the chances with which performance, or skew, raises no more than its share of a budget; never more than usual.

    A window without drift raises with a chance of no more than (overlap + 1) x speaks², for as many windows before it
    may confirm it, and tests x sure. Each of the two gets half of what a window may have.

    Raises:
        ValueError: the budget is not above 0.
    """
    if not budget > 0:
        raise ValueError(f"a budget of {budget} false raises a month: take one above 0, as 1")
    half = SHARE * budget / max(windows_a_month, 1e-9) / 2
    usual = Chances()
    return Chances(min(usual.speaks, math.sqrt(half / (overlap + 1))), min(usual.sure, half / TESTS))
