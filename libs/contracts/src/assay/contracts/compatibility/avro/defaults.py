"""Whether a default, as JSON has it, is a value of a type."""

from __future__ import annotations

from assay.contracts.compatibility.avro.types import AvroType

__all__ = ["fits"]

_BITS = {"int": 32, "long": 64}
_BYTE = 256


def fits(value: object, of: AvroType) -> bool:
    """Whether the value may be written with the type; of a union, with any branch (specification 1.12)."""
    match of.kind, value:
        case "union", _:
            return any(fits(value, branch) for branch in of.branches)
        case "array", list():
            return of.items is not None and all(fits(each, of.items) for each in value)
        case "map", dict():
            return of.items is not None and all(fits(each, of.items) for each in value.values())
        case "record", dict():
            return all(
                fits(value[each.name], each.type) if each.name in value else each.has_default for each in of.fields
            )
        case "bytes" | "fixed" | "enum" | "string", str():
            return _fits_text(value, of)
    return _fits_number(value, of.kind) or (of.kind == "null" and value is None)


def _fits_text(value: str, of: AvroType) -> bool:
    match of.kind:
        case "enum":
            return value in of.symbols
        case "string":
            return True
    return all(ord(each) < _BYTE for each in value) and (of.kind == "bytes" or len(value) == of.size)


def _fits_number(value: object, kind: str) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    if kind in _BITS:
        return isinstance(value, int) and -(2 ** (_BITS[kind] - 1)) <= value < 2 ** (_BITS[kind] - 1)
    return kind in ("float", "double") and (isinstance(value, int | float) or value in ("NaN", "Infinity", "-Infinity"))
