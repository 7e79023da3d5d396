"""A registry's store with many schemas in it, and schemas with many fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.schemas import read_schema
from assay.registry.store import ContractStore
from assay.registry.subject_store.tables import SCHEMAS, VERSIONS
from assay.registry.subjects.content import Content, fingerprint
from assay.registry.tables import HISTORY
from assay.runtime import SystemClock

__all__ = ["KINDS", "filled", "wide"]

AT_ONCE = 1_000
KINDS = ("AVRO", "JSON", "PROTOBUF")


async def filled(path: Path, schemas: int) -> str:
    """Make a store with so many Avro schemas of one size, each in a subject of its own; return its URL."""
    url = f"sqlite:///{path}"
    async with ContractStore(url, SystemClock()) as store:
        await store.database.run(lambda transaction: _fill(transaction, schemas), answer_s=600)
    return url


def wide(kind: str, fields: int, more: str = "") -> str:
    """A schema of so many fields of five types, and one optional field more."""
    match kind:
        case "AVRO":
            made: list[Mapping[str, object]] = [
                {"name": f"field_{place:03}", "type": AVRO[place % 5]} for place in range(fields)
            ]
            made += [{"name": more, "type": ["null", "string"], "default": None}] if more else []
            return json.dumps({"type": "record", "name": "Wide", "fields": made})
        case "JSON":
            properties = {f"field_{place:03}": {"type": JSON[place % 5]} for place in range(fields)}
            properties |= {more: {"type": "string"}} if more else {}
            required = [f"field_{place:03}" for place in range(fields)]
            return json.dumps(
                {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
            )
        case _:
            lines = [f"  {PROTO[place % 5]} field_{place:03} = {place + 1};" for place in range(fields)]
            lines += [f"  string {more} = {fields + 1};"] if more else []
            return "\n".join(['syntax = "proto3";', "message Wide {", *lines, "}", ""])


AVRO = ("string", "long", "double", "boolean", {"type": "array", "items": "string"})
JSON = ("string", "integer", "number", "boolean", "array")
PROTO = ("string", "int64", "double", "bool", "repeated string")


def _fill(transaction: sa.Connection, schemas: int) -> None:
    rows = _rows(schemas)
    while page := list(islice(rows, AT_ONCE)):
        transaction.execute(SCHEMAS.insert(), [schema for schema, _ in page])
        transaction.execute(VERSIONS.insert(), [version for _, version in page])
    transaction.execute(sa.update(HISTORY).values(last_id=schemas))


def _rows(schemas: int) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    for number in range(1, schemas + 1):
        fields = [{"name": f"field_{place}", "type": "string"} for place in range(10)]
        text = json.dumps({"type": "record", "name": f"Record{number:06}", "namespace": "shop", "fields": fields})
        content = Content(Kind.AVRO, text)
        guid = fingerprint(content, read_schema(SchemaText(Kind.AVRO, text, {})).identity)
        schema = {"context": ".", "id": number, "guid": guid, "kind": "AVRO", "text": text}
        version = {"context": ".", "subject": f"topic-{number}-value", "version": 1, "id": number}
        yield (
            {**schema, "refs": "[]", "metadata": "", "rules": ""},
            {**version, "deleted": False, "contract": "", "added_ms": 0},
        )
