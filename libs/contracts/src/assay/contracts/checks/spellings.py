"""The step `parse`: a spelling that can be read, for a field that can hold what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.contracts.checks.time_zones import time_zones
from assay.contracts.model import Field
from assay.contracts.moments import KINDS, FormatError, moment
from assay.contracts.types import type_of

__all__ = ["check_parse"]

_NUMBERS = {"decimal", "thousands"}
_LOCAL = "local timestamp"


def check_parse(said: Mapping[str, str], field: Field | None, name: str) -> Iterator[str]:
    """What is wrong with how a field is to be read; of what is no field, only a number can be."""
    if said.keys() & _NUMBERS:
        yield from _number(said, field, name)
    elif field is None:
        yield f"{name!r} is no property, so nothing says what it is to be; parse it under the name that it ends with"
    elif type_of(field).name not in KINDS:
        yield f"{name!r} is of type {field.type}, which is read with `decimal` and `thousands`, or cast"
    elif "epoch" in said:
        yield from _epoch(said, field, name)
    elif "format" not in said:
        yield f"{name!r}: say its `format`, like yyyy-MM-dd"
    else:
        yield from _moment(said, field)


def _number(said: Mapping[str, str], field: Field | None, name: str) -> Iterator[str]:
    if said.keys() - _NUMBERS:
        yield f"{name!r} is read as a number or as a date, not as both"
    elif field is not None and field.type not in ("number", "integer"):
        yield f"{name!r} is of type {field.type}; `decimal` and `thousands` are for numbers"
    marks = [said.get("decimal", "."), said.get("thousands", "")]
    if marks[0] == marks[1] or any(mark.isdigit() or mark == "-" for mark in marks):
        yield f"{name!r}: what separates decimals and thousands are two marks, and no digits"


def _epoch(said: Mapping[str, str], field: Field, name: str) -> Iterator[str]:
    if len(said) > 1:
        yield f"{name!r}: a count since 1970 has no format and no time zone"
    elif type_of(field).name not in ("timestamp", _LOCAL):
        yield f"{name!r} is of type {field.type}; a count since 1970 is a timestamp"


def _moment(said: Mapping[str, str], field: Field) -> Iterator[str]:
    kind = type_of(field).name
    if "timezone" in said:
        if kind != "timestamp":
            yield f"a {kind} has no time zone; take `timezone` out"
            return
        if said["timezone"] not in time_zones():
            yield f"there is no time zone {said['timezone']!r}; write one like Europe/Berlin"
        kind = _LOCAL
    try:
        moment(kind, said["format"])
    except FormatError as error:
        hint = "; or say the `timezone` that it is of" if kind == "timestamp" else ""
        yield f"{error}{hint}"
