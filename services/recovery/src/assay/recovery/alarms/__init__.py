"""Alarms on invalid data: when people are told, of what, and when it is over."""

from __future__ import annotations

from assay.recovery.alarms.cases import Causes
from assay.recovery.alarms.sight import Bounds
from assay.recovery.alarms.watch import Watch, WatchSettings

__all__ = ["Bounds", "Causes", "Watch", "WatchSettings"]
