"""What has most likely happened to the records of a failure."""

from __future__ import annotations

from assay.recovery.causes.case import Case, Cause, Kind, Sibling
from assay.recovery.causes.likely import likely_cause

__all__ = ["Case", "Cause", "Kind", "Sibling", "likely_cause"]
