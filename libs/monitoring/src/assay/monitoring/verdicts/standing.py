"""From windows to a verdict: one hit is a doubt, two of three are raised, three calm ones end it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "CRITICAL",
    "CRITICAL_P",
    "FLOOR",
    "WARNING",
    "Evidence",
    "Severity",
    "Standing",
    "State",
    "severity_of",
    "step",
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


class Severity(StrEnum):
    """How far a feature moved."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a window said of a feature: its surest test, and the thresholds in force."""

    p: float
    q: float
    effect: float
    threshold: float
    floor: float = FLOOR

    @property
    def hit(self) -> bool:
        """Whether the window is both improbable and far enough from the reference."""
        return self.q <= self.threshold and self.effect >= self.floor

    @property
    def critical(self) -> bool:
        """Whether no second window is waited for."""
        return self.hit and self.p < CRITICAL_P and self.effect >= CRITICAL

    @property
    def calm(self) -> bool:
        """Whether the window speaks for the end of a drift; what was not tested says nothing."""
        return self.p > CALM_P or self.effect < CALM_SHARE * self.floor


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a monitor of one feature stands; whole numbers, so that it is kept and restored exactly."""

    hits: int = 0
    """The last three windows as bits, the newest lowest."""
    firing: bool = False
    calm: int = 0
    """Calm windows in a row while it fires."""


def step(before: Standing, evidence: Evidence) -> tuple[Standing, State]:
    """Take a window in: raise at the second hit of three or at a critical one, end after three calm ones in a row."""
    if before.firing:
        calm = before.calm + 1 if evidence.calm else 0
        if calm >= CALM_WINDOWS:
            return Standing(), State.OK
        return Standing(firing=True, calm=calm), State.FIRING
    hits = (before.hits << 1 | evidence.hit) & 0b111
    if evidence.hit and (evidence.critical or hits.bit_count() >= 2):
        return Standing(firing=True), State.FIRING
    return Standing(hits), State.PENDING if evidence.hit else State.OK


def severity_of(effect: float) -> Severity:
    """Return how bad an effect is."""
    if effect >= CRITICAL:
        return Severity.CRITICAL
    return Severity.WARNING if effect >= WARNING else Severity.INFO
