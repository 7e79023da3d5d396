"""Expressions of CEL as Python closures, with a bound on the work that one may do."""

from __future__ import annotations

from assay.contracts.cel.closures import MAX_WORK, WORK, Closure, compiled
from assay.contracts.cel.errors import EvaluationError, UnsupportedError, WorkError
from assay.contracts.cel.tree import Loop, Node, free_names, nodes, parse

__all__ = [
    "MAX_WORK",
    "WORK",
    "Closure",
    "EvaluationError",
    "Loop",
    "Node",
    "UnsupportedError",
    "WorkError",
    "compiled",
    "free_names",
    "nodes",
    "parse",
]
