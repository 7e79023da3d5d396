"""Verdicts of windows by the three tests of a binary model."""

from __future__ import annotations

from assay.monitoring.concept import BinaryReference, ConceptStates, ConceptVerdict, Findings
from assay.monitoring.performance import BinaryCounts

__all__ = ["findings", "verdicts"]


def verdicts(reference: BinaryReference, windows: list[BinaryCounts]) -> list[ConceptVerdict]:
    states = ConceptStates()
    return [states.judge(findings(reference, each)) for each in windows]


def findings(reference: BinaryReference, window: BinaryCounts) -> Findings:
    evidence = reference.loss(window), reference.foretold(window), reference.calibration(window)
    return Findings(window.labelled, window.labelled / window.n, *evidence)
