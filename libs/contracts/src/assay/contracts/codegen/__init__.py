"""A contract in other forms: code and schemas for those who write and read its records, older versions of ODCS."""

from __future__ import annotations

from assay.contracts.codegen.python import python_module
from assay.contracts.codegen.targets import CODE, TARGETS, Target

__all__ = ["CODE", "TARGETS", "Target", "python_module"]
