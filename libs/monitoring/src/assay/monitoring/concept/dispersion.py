"""How much more the windows of a reference vary than independent rows would: rows of one hour resemble each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from assay.monitoring.concept.evidence import Evidence, eased
from assay.monitoring.concept.states import Findings

__all__ = ["LEAST_WINDOWS", "Dispersion"]

LEAST_WINDOWS = 20
"""Windows of a reference below which nobody can say how much they vary."""


@dataclass(frozen=True, slots=True)
class Dispersion:
    """By test, the factor by which a chi-square (or the square of z) is larger than among independent rows; never below 1."""

    loss: float = 1.0
    foretold: float = 1.0
    calibration: float = 1.0

    @classmethod
    def of(cls, windows: Sequence[Findings]) -> Self:
        """Learn from windows of the reference itself, all of it, of the size that is watched and in order of time."""
        return cls(
            loss=_factor([each.loss for each in windows]),
            foretold=_factor([each.foretold for each in windows]),
            calibration=_factor([each.calibration for each in windows]),
        )

    def ease(self, found: Findings) -> Findings:
        """Return what the tests of a window found, eased."""
        return Findings(
            labelled=found.labelled,
            coverage=found.coverage,
            loss=found.loss and eased(found.loss, self.loss),
            foretold=found.foretold and eased(found.foretold, self.foretold),
            calibration=found.calibration and eased(found.calibration, self.calibration),
        )


def _factor(found: Sequence[Evidence | None]) -> float:
    """Mean square of z, or of chi-square by its degrees; a window is a part of its reference, and so varies less from it."""
    there = [each for each in found if each is not None]
    if len(there) < LEAST_WINDOWS:
        return 1.0
    part = 1 / len(there)
    return max(1.0, math.fsum(map(_square, there)) / len(there) * (1 + part) / (1 - part))


def _square(found: Evidence) -> float:
    return found.statistic / found.degrees if found.law == "chi-square" and found.degrees else found.statistic**2
