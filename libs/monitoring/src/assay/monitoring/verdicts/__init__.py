"""What a monitor says of a window: many tests at once, a floor, hysteresis, and a budget of false raises."""

from __future__ import annotations

from assay.monitoring.verdicts.budget import false_raises, q_for
from assay.monitoring.verdicts.multiplicity import adjusted
from assay.monitoring.verdicts.standing import Evidence, Severity, Standing, State, severity_of, step

__all__ = ["Evidence", "Severity", "Standing", "State", "adjusted", "false_raises", "q_for", "severity_of", "step"]
