"""Single values of JSON as a binary form has them: what `avro_values` and the reader of Protobuf make JSON of."""

from __future__ import annotations

import base64
from typing import Any

from assay.contracts.errors import UnwritableError
from assay.contracts.explain import shape
from assay.contracts.model import Field
from assay.contracts.moments import moment, moment_of
from assay.contracts.types import type_of

__all__ = ["nanoseconds", "number", "of", "scalar", "unwritable"]


def of(kind: type[Any], value: Any) -> Any:
    """The value, if it is of that class; a boolean is no integer here.

    Raises:
        TypeError: it is not.
    """
    if type(value) is not kind:
        raise TypeError(f"no {kind.__name__}")
    return value


def number(value: Any) -> float:
    """The value, if it is a number.

    Raises:
        TypeError: it is not.
    """
    if type(value) not in (int, float):
        raise TypeError("no number")
    return float(value)


def unwritable(field: Field, value: Any, at: str) -> UnwritableError:
    """That a value cannot be written as its field has it; the errors of libraries would show the value."""
    if value is None:
        return UnwritableError(at, "it is required, and not there")
    return UnwritableError(at, f"{shape(value)} cannot be written as {type_of(field).name}")


def nanoseconds(field: Field, value: Any) -> int:
    """Nanoseconds since 1970, or since midnight, of the text of a moment.

    Raises:
        TypeError, ValueError: it is no text, or none of a moment.
    """
    own = moment_of(field)
    found = own.read(of(str, value)) if own else None
    if found is None:
        raise ValueError("no moment of its format")
    return found


def scalar(field: Field, value: Any) -> Any:
    """The value of a field that is a single one, spelled as the form has it.

    Raises:
        TypeError, ValueError: it is of another type.
    """
    row, own = type_of(field), moment_of(field)
    if row.name == "bytes":
        return base64.b64decode(value)
    if own and own.form:
        read = own.read(value)
        return value if read is None else moment(own.kind).write(read)
    if row.name in ("whole", "decimal"):
        return str(value)
    if row.logical == "number":
        return number(value)
    return of({"integer": int, "boolean": bool}.get(row.logical, str), value)
