"""The step `evaluate`: an expression of CEL over the record gives a field its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from assay.contracts.cel import EvaluationError, WorkError
from assay.contracts.cel.times import as_text
from assay.contracts.cel.values import Duration, Timestamp, UInt
from assay.contracts.model import Contract, Field
from assay.contracts.moments import moment_of
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.fields import field_at
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.pointers import parse
from assay.contracts.recovery.sight import Sight, names_of
from assay.contracts.recovery.steps.change import Change, Said, of
from assay.contracts.recovery.tree import Json, Tree
from assay.contracts.rules import Expression

__all__ = ["evaluates"]


def evaluates(said: Said, contract: Contract) -> Iterable[Change]:
    """`evaluate: {field: expression}` puts there what the expression gives."""
    return [_evaluate(name, expr, contract) for name, expr in said.items()]


def _evaluate(name: str, expr: str, contract: Contract) -> Change:
    pointer, expression = parse(name), Expression(expr, names_of(contract.fields))
    sight = Sight(contract, expression.names)
    spelled = _spelled(field_at(contract.fields, pointer))

    def run(tree: Tree, failed: Failed) -> None:
        try:
            tree.write(tree.at(pointer), spelled(expression.give(sight.of(tree, failed))))
        except EvaluationError:
            raise RepairError(f"{name}: the expression has no value on this record") from None
        except WorkError:
            raise RepairError(f"{name}: the expression asks for more work than any may have") from None
        except RepairError as error:
            raise of(name, error) from error

    return run


def _spelled(field: Field | None) -> Callable[[Any], Json]:
    """What makes JSON of a value of CEL, as the field has it."""
    own = moment_of(field) if field else None

    def spell(value: Any) -> Json:
        if isinstance(value, Timestamp):
            return (own.write(int(value)) if own else None) or as_text(value)
        if field and field.type == "integer" and isinstance(value, float) and value.is_integer():
            return int(value)
        return _plain(value)

    return spell


def _plain(value: Any) -> Json:
    match value:
        case Timestamp() | Duration():
            return as_text(value)
        case UInt():
            return int(value)
        case float() if not math.isfinite(value):
            raise RepairError("the expression gives no number that JSON has")
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
    return value
