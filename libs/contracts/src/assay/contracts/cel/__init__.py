"""Expressions of CEL as Python closures, with a bound on the work that one may do."""

from __future__ import annotations

from assay.contracts.cel.closures import compiled
from assay.contracts.cel.errors import EvaluationError, UnsupportedError, WorkError
from assay.contracts.cel.kinds import Kinds, undecided
from assay.contracts.cel.loops import BUDGET, Budget, Closure
from assay.contracts.cel.nodes import Node, free_names, has_loop
from assay.contracts.cel.parsing import parse

__all__ = [
    "BUDGET",
    "Budget",
    "Closure",
    "EvaluationError",
    "Kinds",
    "Node",
    "UnsupportedError",
    "WorkError",
    "compiled",
    "free_names",
    "has_loop",
    "parse",
    "undecided",
]
