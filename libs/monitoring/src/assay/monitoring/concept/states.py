"""From evidence to a state: a test speaks where it is sure and where it matters, and one odd window is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.monitoring.concept.causes import Cause, cause_of
from assay.monitoring.concept.evidence import Evidence

__all__ = ["ConceptRule", "ConceptStates", "ConceptVerdict", "Findings", "Standing", "State"]

State = Literal["ok", "pending", "firing", "insufficient"]


@dataclass(frozen=True, slots=True)
class ConceptRule:
    """When a test speaks, and when people are told. Each default is told in the guide, with what it costs."""

    alpha: float = 0.001
    """How often a calm window may have a test that speaks: each is held to what Benjamini and Hochberg leave of it."""
    sure: float = 1e-6
    """The p below which one window is enough."""
    loss_floor: float = 0.05
    """Least change of the loss that matters, in standard deviations of one prediction's loss."""
    calibration_floor: float = 0.02
    """Least effect of the calibration test that matters."""
    least_labelled: int = 100
    """Labelled predictions below which a window says nothing."""
    least_coverage: float = 0.5
    """Coverage below which labels may be no fair sample, so that a window says nothing."""
    clear_after: int = 3
    """Windows in a row in which nothing speaks, after which what fired is over."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the tests of one window found; a test that could not be made is None."""

    labelled: int
    coverage: float
    loss: Evidence | None
    foretold: Evidence | None
    calibration: Evidence | None


@dataclass(frozen=True, slots=True)
class ConceptVerdict:
    """The state of a model after a window, and what speaks for it."""

    state: State
    cause: Cause
    findings: Findings
    speaking: tuple[str, ...]
    """The tests that speak: loss, foretold, calibration."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a model stands between two windows; small enough to be kept with the position in the stream."""

    spoke: tuple[bool, bool] = (False, False)
    """Whether a test spoke in the last two windows, the newest last."""
    firing: bool = False
    quiet: int = 0
    """Windows in a row in which nothing spoke."""

    def after(self, spoke: bool, *, sure: bool, clear_after: int) -> Standing:
        """Return where it stands after one more window."""
        quiet = 0 if spoke else self.quiet + 1
        raised = sure or (spoke and any(self.spoke))
        firing = raised or (self.firing and quiet < clear_after)
        return Standing((self.spoke[1], spoke), firing, quiet)


class ConceptStates:
    """Gives each window of one model its verdict, in order of time."""

    def __init__(self, rule: ConceptRule | None = None, standing: Standing | None = None) -> None:
        """Go on from where the model stands; from nothing at first."""
        self._rule = rule or ConceptRule()
        self.standing = standing or Standing()

    def judge(self, findings: Findings) -> ConceptVerdict:
        """Return the verdict of the next window.

        With too few labels only what scores foretell is heard; where that is silent too, the window says too little and
        leaves everything as it was.
        """
        rule = self._rule
        known = findings.labelled >= rule.least_labelled and findings.coverage >= rule.least_coverage
        tests = [each for each in self._tests(findings) if known or each[0] == "foretold"]
        alpha = _threshold([found.p for _, found, _ in tests if found is not None], rule.alpha)
        speaking = tuple(name for name, found, floor in tests if _speaks(found, alpha, floor))
        if not known and not speaking:
            return ConceptVerdict("insufficient", "none", findings, ())
        sure = any(_speaks(found, rule.sure, floor) for _, found, floor in tests)
        self.standing = self.standing.after(bool(speaking), sure=sure, clear_after=rule.clear_after)
        cause = cause_of(
            lost="loss" in speaking, foretold="foretold" in speaking, miscalibrated="calibration" in speaking
        )
        state: State = "firing" if self.standing.firing else "pending" if speaking else "ok"
        return ConceptVerdict(state, cause, findings, speaking)

    def _tests(self, findings: Findings) -> list[tuple[str, Evidence | None, float]]:
        return [
            ("loss", findings.loss, self._rule.loss_floor),
            ("foretold", findings.foretold, self._rule.loss_floor),
            ("calibration", findings.calibration, self._rule.calibration_floor),
        ]


def _threshold(ps: list[float], alpha: float) -> float:
    """The largest p that Benjamini and Hochberg's procedure takes for no chance."""
    steps = [(rank * alpha / len(ps), p) for rank, p in enumerate(sorted(ps), start=1)]
    return max((step for step, p in steps if p <= step), default=0.0)


def _speaks(found: Evidence | None, alpha: float, floor: float) -> bool:
    return found is not None and found.p <= alpha and abs(found.effect) >= floor
