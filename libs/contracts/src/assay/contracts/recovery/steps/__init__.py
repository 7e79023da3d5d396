"""The steps of a flow: each a word of the contract, made into a change of a tree."""

from __future__ import annotations

from assay.contracts.recovery.steps.change import Change
from assay.contracts.recovery.steps.table import DECODE, STEPS, changes

__all__ = ["DECODE", "STEPS", "Change", "changes"]
