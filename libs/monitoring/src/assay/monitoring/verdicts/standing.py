"""From windows to a verdict: one hit is a doubt, two of three are raised, three calm ones end it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from assay.monitoring.profiles.columns import Booleans, Floats, Ints

__all__ = [
    "CRITICAL",
    "CRITICAL_P",
    "FLOOR",
    "STATES",
    "WARNING",
    "Severity",
    "Standings",
    "State",
    "Windowed",
    "severity_of",
]

FLOOR, WARNING, CRITICAL = 0.01, 0.05, 0.20
"""Effects (PSI less its bias) from which a hit is one at all, a warning, and critical."""

CRITICAL_P = 1e-9
CALM_P = 0.2
CALM_SHARE = 0.8
CALM_WINDOWS = 3


class State(StrEnum):
    """What a monitor says of a window."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    INSUFFICIENT = "insufficient"
    LEARNING = "learning"


STATES = tuple(State)
"""By the number that stands for each in arrays."""


class Severity(StrEnum):
    """How far a feature moved."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, eq=False)
class Windowed:
    """What a window said of all features: each one's surest test. Where `tested` is false it said nothing."""

    p: Floats
    q: Floats
    effect: Floats
    tested: Booleans
    threshold: float
    floor: float = FLOOR

    @property
    def hit(self) -> Booleans:
        """Whether the window is both improbable and far enough from the reference."""
        return self.tested & (self.q <= self.threshold) & (self.effect >= self.floor)

    @property
    def critical(self) -> Booleans:
        """Whether no second window is waited for."""
        return self.hit & (self.p < CRITICAL_P) & (self.effect >= CRITICAL)

    @property
    def calm(self) -> Booleans:
        """Whether the window speaks for the end of a drift."""
        return (self.p > CALM_P) | (self.effect < CALM_SHARE * self.floor)


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """Where the monitors of all features stand; whole numbers, so that they are kept and restored exactly."""

    hits: Ints
    """The last two windows as bits, the newest lowest; 0 while it fires."""
    calm: Ints
    """Calm windows in a row while it fires; -1 where it does not."""

    @classmethod
    def fresh(cls, features: int) -> Standings:
        """Return the standings before the first window."""
        return cls(np.zeros(features, dtype=np.int64), np.full(features, -1, dtype=np.int64))

    def step(self, seen: Windowed) -> tuple[Standings, Ints]:
        """Take a window in: raise at the second hit of three or at a critical one, end after three calm ones in a row.

        Returns the new standings and each feature's state as its place in `STATES`; a feature on which the window said
        nothing stands as before, and is insufficient.
        """
        firing, hit = self.calm >= 0, seen.hit
        raised = ~firing & hit & (seen.critical | (self.hits > 0))
        calm = np.where(firing, np.where(seen.calm, self.calm + 1, 0), np.where(raised, 0, -1))
        calm = np.where(calm >= CALM_WINDOWS, -1, calm)
        hits = np.where(firing | raised, 0, ((self.hits << 1) | hit) & 0b11)
        state = np.where(calm >= 0, STATES.index(State.FIRING), np.where(hit & ~firing, STATES.index(State.PENDING), 0))
        after = Standings(np.where(seen.tested, hits, self.hits), np.where(seen.tested, calm, self.calm))
        return after, np.where(seen.tested, state, STATES.index(State.INSUFFICIENT))


def severity_of(effect: float) -> Severity:
    """Return how bad an effect is."""
    if effect >= CRITICAL:
        return Severity.CRITICAL
    return Severity.WARNING if effect >= WARNING else Severity.INFO
