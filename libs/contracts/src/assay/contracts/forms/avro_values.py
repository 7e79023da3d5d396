"""What a single value in Avro means as JSON, by the type that the contract gives it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from assay.contracts.errors import MalformedRecordError
from assay.contracts.forms import spelling
from assay.contracts.model import Field
from assay.contracts.moments import has_own_spelling, respelled
from assay.contracts.types import digits, type_of

__all__ = ["spell"]

_MAX_DECIMAL = 16
_MICRO = 1_000_000

_SPELT: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda value: base64.b64encode(value).decode(),
    "f32": spelling.single,
    "f64": spelling.finite,
    "date": spelling.date,
    "timestamp": lambda micros: spelling.instant(*divmod(micros, _MICRO)),
    "local timestamp": lambda micros: spelling.local(*divmod(micros, _MICRO)),
    "time": spelling.time,
}


def spell(field: Field) -> Callable[[Any], Any] | None:
    """What makes JSON of a value as it is on the wire; None where it is the same.

    It raises `MalformedRecordError` on a decimal that has no bytes, or more than any of a contract.
    """
    if type_of(field).avro != "bytes decimal":
        plain = _SPELT.get(type_of(field).name)
        return _respelled(field, plain or str) if has_own_spelling(field) else plain
    size = digits(field)
    return partial(_decimal, (lambda value: spelling.decimal(value, size.scale)) if size else spelling.integer)


def _respelled(field: Field, plain: Callable[[Any], str]) -> Callable[[Any], str]:
    own = respelled(field)
    return lambda value: own(plain(value))


def _decimal(of: Callable[[int], float | str], value: bytes) -> float | str:
    if not 1 <= len(value) <= _MAX_DECIMAL:
        raise MalformedRecordError(f"a decimal that is not of 1 to {_MAX_DECIMAL} bytes")
    return of(int.from_bytes(value, "big", signed=True))
