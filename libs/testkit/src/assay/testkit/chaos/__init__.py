"""Workers of validation under kills, freezes, cut links, refusals and broker restarts, by a seed."""

from __future__ import annotations

from assay.testkit.chaos.run import Plan, Result, run
from assay.testkit.chaos.schedule import Blow, Kind, schedule

__all__ = ["Blow", "Kind", "Plan", "Result", "run", "schedule"]
