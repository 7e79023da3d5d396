"""Schemas as tests write them."""

from __future__ import annotations

import json
from typing import Any

from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.schemas import ReadSchema, read_schema


def avro(schema: Any, **references: Any) -> SchemaText:
    return SchemaText(Kind.AVRO, json.dumps(schema), {name: json.dumps(each) for name, each in references.items()})


def jsons(schema: Any, **references: Any) -> SchemaText:
    return SchemaText(Kind.JSON, json.dumps(schema), {name: json.dumps(each) for name, each in references.items()})


def proto(text: str, references: dict[str, str] | None = None) -> SchemaText:
    return SchemaText(Kind.PROTOBUF, text, references or {})


def are_one(*schemas: SchemaText) -> bool:
    return len({read_schema(each).identity for each in schemas}) == 1


def are_one_normalized(*schemas: SchemaText) -> bool:
    return len({read_schema(each).normalized for each in schemas}) == 1


def again(read: ReadSchema, of: SchemaText) -> ReadSchema:
    """What was read, read again in its normalised text."""
    return read_schema(SchemaText(of.kind, read.normalized, of.references))
