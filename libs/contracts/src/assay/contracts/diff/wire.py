"""What the check of schemas says about two versions of a contract, at the properties of the contract that it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.contracts.avro_schema import avro_schema
from assay.contracts.compatibility import (
    Break,
    Compatibility,
    Direction,
    Mode,
    Outcome,
    Policy,
    SchemaText,
    check,
)
from assay.contracts.diff.change import Exhibit
from assay.contracts.diff.tree import Path
from assay.contracts.model import Contract, Field
from assay.contracts.schema import json_schema
from assay.contracts.schemas import schema_of
from assay.contracts.wire_names import message_name

__all__ = ["WireBreak", "wire_breaks"]


@dataclass(frozen=True, slots=True)
class WireBreak:
    """A break of schemas: the property it is about, what was found, and whether it ends what the contract promises.

    In JSON any reader takes a record apart, so a new version that refuses old records breaks nobody's reading: it
    is a tightening. In Avro and Protobuf whoever can't read the old records can't read at all.
    """

    place: Path
    exhibit: Exhibit
    is_asked_for: bool

    @property
    def breaks_reading(self) -> bool:
        """Whether it is a break by itself, whatever the table says of its place."""
        return self.is_asked_for and self._ends_reading

    @property
    def _ends_reading(self) -> bool:
        return self.exhibit.direction == Direction.FORWARD or not self.exhibit.rule.startswith("json-")


def wire_breaks(after: Contract, before: Sequence[Contract], mode: Mode) -> list[WireBreak]:
    """Every break between a contract and its versions before, oldest first; the last one both ways, for what it shows."""
    texts = [schema_of(each) for each in before]
    asked = _check(schema_of(after), texts, mode)
    found = list(_found(asked, after, before, mode))
    if mode.directions != (Direction.BACKWARD, Direction.FORWARD):
        shown = _check(schema_of(after), texts[-1:], Mode.FULL)
        found += [each for each in _found(shown, after, before[-1:], mode) if not each.is_asked_for]
    return [*found, *_refused(texts[-1], after, before[-1])]


def _refused(old: SchemaText, after: Contract, before: Contract) -> Iterator[WireBreak]:
    """Records of the version before that a closed contract refuses, for a property that is not there any more."""
    gone = {each.name for each in before.fields} - {each.name for each in after.fields}
    if after.form != "json" or not gone:
        return
    for found in check(schema_of(after), [old], Mode.BACKWARD).breaks:
        sent = json.loads(found.document or "{}")
        for name in gone & sent.keys() if found.rule == "json-property-removed-from-closed" else ():
            yield WireBreak(("properties", name), _exhibit(found, Direction.BACKWARD, before), is_asked_for=False)


def _check(new: SchemaText, before: Sequence[SchemaText], mode: Mode) -> Compatibility:
    # A reader of JSON that does not know a property leaves it out, whatever the stream does with it.
    return check(new, before, mode, policy=Policy.LENIENT)


def _found(answer: Compatibility, after: Contract, before: Sequence[Contract], mode: Mode) -> Iterator[WireBreak]:
    for each in answer.comparisons:
        old, is_asked = before[each.version], each.direction in mode.directions
        reader = after if each.direction is Direction.BACKWARD else old
        if each.outcome is Outcome.UNDECIDED:
            undecided = Exhibit(
                each.direction, "", "undecided", "the schemas are too large to be compared", "a smaller change"
            )
            yield WireBreak((), undecided, is_asked)
        for found in each.breaks:
            yield WireBreak(_place(found, reader), _exhibit(found, each.direction, old), is_asked)


def _exhibit(found: Break, direction: Direction, old: Contract) -> Exhibit:
    message = f"against version {old.version}: {found.message}"
    return Exhibit(direction, found.path, found.rule, message, found.passes, found.document)


def _place(found: Break, reader: Contract) -> Path:
    """The property of the contract that a break is about; empty for the record as a whole."""
    if reader.form == "protobuf":
        return _of_names(found.path.split(".")[1:], reader.fields)
    steps = [step.replace("~1", "/").replace("~0", "~") for step in found.path.split("/")[1:]]
    if reader.form == "avro":
        return tuple(_of_avro(steps, avro_schema(reader)))
    return tuple(_of_json(steps, json_schema(reader)))


def _of_names(names: Sequence[str], fields: Sequence[Field]) -> Path:
    """Names of messages and fields; the message of an object is named like its field."""
    for each in fields if names else ():
        if each.name == names[0] or message_name(each.name) == names[0]:
            held = each.items or each.values or each
            return ("properties", each.name, *_of_names(names[1:], held.properties))
    return ()


def _of_avro(steps: Sequence[str], schema: Any) -> Iterator[str]:
    for step in steps:
        schema = _inside(schema, step)
        if schema is None:
            return
        if isinstance(schema, _AvroField):
            yield from ("properties", schema["name"])
        elif step == "items":
            yield "items"
        elif step == "values":
            yield from ("map", "value")


class _AvroField(dict[str, Any]):
    """A field of a record, told apart from a type by what holds it."""


def _inside(schema: Any, step: str) -> Any:
    if isinstance(schema, list):
        return schema[int(step)] if step.isdigit() and int(step) < len(schema) else None
    if not isinstance(schema, dict):
        return None
    if step == "fields":
        return [_AvroField(each) for each in schema.get("fields", [])]
    return schema.get(step)


def _of_json(steps: Sequence[str], schema: Mapping[str, Any]) -> Iterator[str]:
    at: Any = schema
    rest = list(steps)
    while rest and isinstance(at, dict):
        step = rest.pop(0)
        at = at.get(step)
        if step == "properties" and rest and isinstance(at, dict):
            yield from ("properties", rest[0])
            at = at.get(rest.pop(0))
        elif step == "items":
            yield "items"
        elif step in ("additionalProperties", "propertyNames") and isinstance(at, dict):
            yield from ("map", "value" if step == "additionalProperties" else "key")
        elif step == "required" and rest and isinstance(at, list) and rest[0].isdigit():
            yield from ("properties", str(at[int(rest[0])]))
            return
