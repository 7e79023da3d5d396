"""How long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

__all__ = ["backoff_s"]


def backoff_s(
    first_s: float = 0.05, longest_s: float = 2.0, chance: Callable[[], float] = random.random
) -> Iterator[float]:
    """Give waits that double up to the longest, each cut by up to a half at random so that clients do not march in step."""
    wait_s = first_s
    while True:
        yield wait_s * (1 - chance() / 2)
        wait_s = min(wait_s * 2, longest_s)
