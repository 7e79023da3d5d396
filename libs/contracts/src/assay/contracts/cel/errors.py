"""How an expression fails: on one record, for want of work left, or always for want of a closure."""

from __future__ import annotations

from assay.contracts.errors import ContractsError

__all__ = ["CelError", "EvaluationError", "UnsupportedError", "WorkError"]


class CelError(ContractsError):
    """Base of everything that this package raises."""


class EvaluationError(CelError):
    """The expression has no value on this record; `&&`, `||`, `all` and `exists` may do without it."""


class WorkError(CelError):
    """The expression asks for more work than any may have; nothing absorbs this."""


class UnsupportedError(CelError):
    """The expression has a part that no closure is made for."""
