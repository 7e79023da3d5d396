"""What a monitor says of a window: many tests at once, a floor, hysteresis, and a budget of false raises."""

from __future__ import annotations

from assay.monitoring.verdicts.budget import Chances, chances_for, false_raises, q_for
from assay.monitoring.verdicts.multiplicity import adjusted
from assay.monitoring.verdicts.standing import STATES, Severity, Standings, State, Windowed, severity_of
from assay.monitoring.verdicts.verdict import Judgement, Moved, Verdict

__all__ = [
    "STATES",
    "Chances",
    "Judgement",
    "Moved",
    "Severity",
    "Standings",
    "State",
    "Verdict",
    "Windowed",
    "adjusted",
    "chances_for",
    "false_raises",
    "q_for",
    "severity_of",
]
