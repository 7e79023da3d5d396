"""What the wire form of a contract can carry: names, and types that it has."""

from __future__ import annotations

from collections.abc import Iterator

from assay.contracts.checks.parts import body_of, custom_at
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.model import Field
from assay.contracts.reading import read_field
from assay.contracts.types import known_type
from assay.contracts.wire_names import is_wire_name, message_name

__all__ = ["check_form"]


def check_form(document: Document) -> Iterator[Finding]:
    """Every name and type of a contract whose records are Avro or Protobuf can be written in that form."""
    topics, at = custom_at(document, "assay.topics")
    form = (topics or {}).get("format", "json")
    if form == "json":
        return
    body = body_of(document)
    if topics.get("kind") == "cdc":
        yield document.finding((*at, "format"), f"changes of rows are read as JSON, not as {form}; take `format` out")
    if not is_wire_name(message_name(body["name"])):
        hint = "let it begin with a letter"
        yield document.finding(("schema", 0, "name"), f"{form} cannot name a record {body['name']!r}; {hint}")
    for index, each in enumerate(body["properties"]):
        yield from _field(document, read_field(each), ("schema", 0, "properties", index), form)


def _field(document: Document, field: Field, at: Pointer, form: str) -> Iterator[Finding]:
    if field.name and not is_wire_name(field.name):
        hint = "use letters, digits and `_`, not a digit first"
        yield document.finding((*at, "name"), f"{form} cannot name a field {field.name!r}; {hint}")
    row = known_type(field)
    if row and not getattr(row, form):
        inside = "items" if field.type == "array" else "properties"
        message = f"{field.name!r}: {form} has no {field.type} of anything; write out its {inside}"
        yield document.finding((*at, "logicalType"), message)
    if form == "protobuf":
        yield from _held(document, field, at)
    for index, each in enumerate(field.properties):
        yield from _field(document, each, (*at, "properties", index), form)
    for each, part in _inside(field, at):
        yield from _field(document, each, part, form)


def _held(document: Document, field: Field, at: Pointer) -> Iterator[Finding]:
    """What a list or a map of Protobuf cannot hold."""
    for each, part in _inside(field, at):
        if not each.required:
            message = f"{field.name!r}: protobuf has no null inside {_an(field.type)}; take `required: false` out"
            yield document.finding((*part, "required"), message)
        if each.type in ("array", "map"):
            message = (
                f"{field.name!r}: protobuf has no {each.type} right inside {_an(field.type)}; put an object between"
            )
            yield document.finding((*part, "logicalType"), message)


def _inside(field: Field, at: Pointer) -> Iterator[tuple[Field, Pointer]]:
    if field.items:
        yield field.items, (*at, "items")
    if field.values:
        yield field.values, (*at, "map", "value")


def _an(kind: str) -> str:
    return f"{'an' if kind == 'array' else 'a'} {kind}"
