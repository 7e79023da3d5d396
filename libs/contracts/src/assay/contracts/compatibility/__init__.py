"""Whether a reader with one schema can read what was written with another: Avro, JSON Schema, Protobuf."""

from __future__ import annotations

from assay.contracts.compatibility.checking import BUDGET, Comparison, Compatibility, check
from assay.contracts.compatibility.findings import Break, Outcome, Warned
from assay.contracts.compatibility.kinds import Kind, Policy, SchemaText
from assay.contracts.compatibility.modes import Direction, Mode

__all__ = [
    "BUDGET",
    "Break",
    "Comparison",
    "Compatibility",
    "Direction",
    "Kind",
    "Mode",
    "Outcome",
    "Policy",
    "SchemaText",
    "Warned",
    "check",
]
