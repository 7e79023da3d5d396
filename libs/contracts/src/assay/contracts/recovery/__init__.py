"""Repair of dead letters: the flows of a contract, as a function from one record to another."""

from __future__ import annotations

from assay.contracts.recovery.digest import flows_digest
from assay.contracts.recovery.engine import Recovery
from assay.contracts.recovery.outcome import Failed, FieldChange, Repaired, Tried, Unrepaired

__all__ = ["Failed", "FieldChange", "Recovery", "Repaired", "Tried", "Unrepaired", "flows_digest"]
