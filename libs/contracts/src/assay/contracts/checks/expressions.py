"""The step `evaluate`: an expression that may give its field a value."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.cel.kinds import ANYTHING, given, kinds
from assay.contracts.cel.values import Duration, Timestamp, UInt
from assay.contracts.checks.scope import Scope
from assay.contracts.model import Field
from assay.contracts.recovery.sight import names_of
from assay.contracts.rules import Expression, RuleSyntaxError
from assay.contracts.types import digits
from assay.contracts.words import did_you_mean

__all__ = ["check_expression"]

_NUMBERS = (int, UInt, float)
_FITS: dict[str, tuple[type, ...]] = {
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "map": (dict,),
    "string": (str, Timestamp, Duration),
}
"""Classes of values that a field of a type may be given; of dates and times, texts and timestamps."""

_BESIDES = {"headers": kinds(dict), "record": kinds(dict), "declared": kinds(str)}
"""What is no field has always the same kind."""


def check_expression(expr: str, field: Field | None, scope: Scope) -> Iterator[str]:
    """What is wrong with an expression that is to give a field its value."""
    names = names_of(scope.fields)
    try:
        expression = Expression(expr, names)
    except RuleSyntaxError as error:
        yield f"{error}{did_you_mean(error.unknown, names) if error.unknown else ''}"
        return
    if expression.tree is None or not expression.is_bounded:
        yield "it uses something of CEL that no bound on its work is known for"
        return
    found, why = given(expression.tree, _BESIDES | dict.fromkeys(scope.names, ANYTHING))
    if not found:
        yield f"it has a value on no record: {why}"
    elif field is not None and not found.has(*_fitting(field), type(None)):
        yield f"it gives {found}, but the contract says {field.type}"


def _fitting(field: Field) -> tuple[type, ...]:
    fitting = _FITS.get(field.type, (str, Timestamp))
    return (*fitting, str) if digits(field) else fitting
