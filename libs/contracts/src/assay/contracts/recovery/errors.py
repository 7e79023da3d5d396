"""Why a record cannot be repaired, in words that give nothing of it away."""

from __future__ import annotations

from assay.contracts.errors import ContractsError

__all__ = ["RepairError"]


class RepairError(ContractsError):
    """A step cannot be done exactly on this record; the message says why, without a value."""
