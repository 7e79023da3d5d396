"""Labels as they come: late, out of order, and of some predictions a wrong one first."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.integration.drift.stage import BEGIN_S, Truth

__all__ = ["STEP_MS", "WORDS", "late_labels"]

STEP_MS = 60_000
WORDS = ("no", "yes")


def late_labels(truths: Sequence[int], window: int, seed: int) -> list[Truth]:
    """A label for each row up to three windows late; of every tenth a wrong one first, which is taken back or corrected."""
    chance = random.Random(seed)
    found: list[tuple[int, Truth]] = []
    for place, truth in enumerate(truths):
        at_ms = 1000 * BEGIN_S + STEP_MS * place + chance.randrange(1, 3 * window) * STEP_MS
        if place % 10 == 0:
            wrong = Truth(f"p{place}", at_ms, WORDS[1 - truth], revision=0)
            found.append((at_ms + chance.randrange(2 * window) * STEP_MS, wrong))
        right = Truth(f"p{place}", at_ms + STEP_MS, WORDS[truth], revision=1)
        found.append((at_ms + chance.randrange(2 * window) * STEP_MS, right))
    return [each for _, each in sorted(found, key=lambda one: (one[0], one[1].prediction_id))]
