"""A contract's fields as an Avro schema (https://avro.apache.org/docs/1.12.0/specification/).

A value of an enum is a string: the contract says which, so that a new value changes no schema on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.contracts.model import Contract, Field
from assay.contracts.types import digits, type_of
from assay.contracts.wire_names import message_name, namespace

__all__ = ["avro_schema"]

_U64_DIGITS = (20, 0)

Schema = dict[str, Any]


def avro_schema(contract: Contract) -> Schema:
    """The schema of one record: what is not required is a union with null, and null by default.

    A record inside is named by its field, in the namespace of the record around it. Every value is what the contract
    means, whatever spelling `format` asks of JSON: dates and times are counted in days and microseconds.
    """
    return _record(message_name(contract.record), namespace(contract.id), contract.fields)


def _record(name: str, space: str, fields: Sequence[Field]) -> Schema:
    inside = f"{space}.{name}"
    listed = [_field(field, inside) for field in fields]
    return {"type": "record", "name": name, "namespace": space, "fields": listed}


def _field(field: Field, space: str) -> Schema:
    schema: Schema = {"name": field.name, "type": _nullable(field, field.name, space)}
    return schema if field.required else schema | {"default": None}


def _nullable(field: Field, name: str, space: str) -> Any:
    return _typed(field, name, space) if field.required else ["null", _typed(field, name, space)]


def _typed(field: Field, name: str, space: str) -> Any:
    row = type_of(field)
    plain, _, logical = row.avro.partition(" ")
    if plain == "record":
        return _record(name, space, field.properties)
    if plain == "array" and field.items:
        return {"type": "array", "items": _nullable(field.items, "item", f"{space}.{name}")}
    if plain == "map" and field.values:
        return {"type": "map", "values": _nullable(field.values, "value", f"{space}.{name}")}
    if not logical:
        return plain
    if logical == "decimal":
        precision, scale = digits(field) or _U64_DIGITS
        return {"type": plain, "logicalType": logical, "precision": precision, "scale": scale}
    return {"type": plain, "logicalType": logical}
