"""A JSON Schema of any draft as the draft of a contract: what a contract can say of it, and lines about the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from assay.contracts.compatibility.json import Document
from assay.contracts.drafts.draft import Draft, DraftField, LeftOut, draft_of
from assay.contracts.drafts.json_types import kinds_of, typed
from assay.contracts.errors import SchemaError
from assay.contracts.own_formats import said_of
from assay.contracts.schema import MAX_ITEMS

__all__ = ["from_json_schema"]

_MOST_REFS = 64
_ABOUT = (
    "title",
    "description",
    "$schema",
    "$id",
    "id",
    "$comment",
    "$defs",
    "definitions",
    "examples",
    "$anchor",
    "$ref",
)
_OF_OBJECTS = ("type", "properties", "required", "additionalProperties", "minProperties", "maxProperties")
_OF_ARRAYS = ("type", "items", "minItems", "maxItems", "uniqueItems")

Schema = dict[str, Any]


def from_json_schema(text: str, contract: str = "", references: Mapping[str, str] | None = None) -> Draft:
    """The draft of a contract for records of a schema; `references` are other schemas by the name that `$ref` says.

    Raises:
        SchemaError: it is no JSON Schema, or not one of objects.
    """
    Document(text, references or {}, strict=True)  # refuses what is no schema
    root = _loaded(text, "the schema")
    reader = _Reader(root, {name: _loaded(each, name) for name, each in (references or {}).items()})
    whole = reader.whole(root, "")
    if not isinstance(root, dict) or "object" not in kinds_of(whole) or not whole.get("properties"):
        raise SchemaError("a contract is about records: the schema must be one of an object, with its `properties`")
    fields = list(reader.fields(whole, ""))
    sizes = {
        name: whole[name] for name in ("minProperties", "maxProperties") if whole.get(name, MAX_ITEMS) != MAX_ITEMS
    }
    reader.note_rest(whole | {f"size, {name}": each for name, each in sizes.items()}, "the record", _OF_OBJECTS)
    reader.note_nulls()
    name = str(root.get("title") or "record")
    is_open = reader.has_gaps or whole.get("additionalProperties", True) is not False
    custom: dict[str, object] = {"assay.openness": "open"} if is_open else {}
    if isinstance(whole.get("additionalProperties"), dict):
        reader.left_out.add(f"the record: additionalProperties {json.dumps(whole['additionalProperties'])[:80]}")
    about = {"description": str(root["description"])} if "description" in root else {}
    return draft_of(contract or name, name, fields, custom=custom, left_out=reader.left_out.lines, about=about)


def _loaded(text: str, name: str) -> Any:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{name} is no JSON") from error
    if not isinstance(schema, dict | bool):
        raise SchemaError(f"{name} is no JSON Schema: it must be an object")
    return schema


class _Reader:
    def __init__(self, root: Any, references: Mapping[str, Any]) -> None:
        self.left_out = LeftOut()
        self._root, self._references = root, references
        self.has_gaps = False
        self._open = ["#"]
        self._absent_only: list[str] = []

    def fields(self, schema: Schema, path: str) -> Iterator[DraftField]:
        """The properties of an object."""
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        for name, inside in properties.items():
            where = f"{path}/{name}"
            made = self.value(inside, where)
            if made is None:
                self.has_gaps = True
                continue
            is_required = name in required if isinstance(required, list) else False
            is_nullable = not made.source.pop("required", True)
            if is_required and is_nullable:
                self.left_out.add(f"{where}: required, and null is allowed; a contract has neither or both")
            source = {"name": name, **made.source} | ({"required": True} if is_required and not is_nullable else {})
            if not is_required and not is_nullable:
                self._absent_only.append(where)
            yield DraftField(source, made.notes, made.inside)
        for name in required if isinstance(required, list) else []:
            if name not in properties:
                self.left_out.add(f"{path or 'the record'}: {name!r} is required, and nothing is said about it")

    def note_nulls(self) -> None:
        """Note the properties that could be absent and not null: a contract has no such thing."""
        if shown := ", ".join(self._absent_only[:8]):
            more = f" and {len(self._absent_only) - 8} more" if len(self._absent_only) > 8 else ""
            self.left_out.add(f"null is not allowed in {shown}{more}; in a contract what is not required may be null")

    def value(self, said: Any, path: str) -> DraftField | None:
        """One value; None where a contract has no word for it, and then that is noted."""
        self.left_out.count(path)
        ref = said.get("$ref") if isinstance(said, dict) else None
        if isinstance(ref, str) and ref in self._open:
            self.left_out.add(f"{path}: {ref} inside itself; a contract has no types that hold themselves")
            return None
        self._open.append(ref if isinstance(ref, str) else "")
        try:
            return self._value(self.whole(said, path), path)
        finally:
            self._open.pop()

    def _value(self, schema: Schema, path: str) -> DraftField | None:
        kinds = kinds_of(schema)
        is_nullable = "null" in kinds or None in _listed(schema)
        kinds = [each for each in kinds if each != "null"]
        known: tuple[str, ...] = ()
        made = typed(schema, kinds)
        if made is None and len(kinds) == 1 and kinds[0] in ("object", "array"):
            made = self._object(schema, path) if kinds[0] == "object" else self._array(schema, path)
            known = _OF_OBJECTS if kinds[0] == "object" else _OF_ARRAYS
        if made is None:
            said = ", ".join(kinds) or ("a choice of schemas" if {"anyOf", "oneOf"} & schema.keys() else "any value")
            self.left_out.add(f"{path}: {said}; a contract gives a value one type")
            return None
        self.note_rest(schema, path, known)
        if "description" in schema:
            made.source["description"] = str(schema["description"])
        if is_nullable:
            made.source["required"] = False
        return made

    def _object(self, schema: Schema, path: str) -> DraftField | None:
        more = schema.get("additionalProperties", True)
        if not schema.get("properties") and isinstance(more, dict):
            inner = self.value(more, f"{path}/*")
            if inner is None:
                return None
            source = {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": inner.source}}
            return DraftField(source, [], inner.at("map", "value").inside)
        listed = list(self.fields(schema, path))
        made: Schema = {"logicalType": "object"} | ({"properties": [each.source for each in listed]} if listed else {})
        limits = {name: schema[name] for name in ("minProperties", "maxProperties") if name in schema}
        if limits.get("maxProperties") == MAX_ITEMS:
            del limits["maxProperties"]  # the schema of a contract says it where nothing else is said
        if isinstance(more, dict):
            self.left_out.add(f"{path}: additionalProperties {json.dumps(more)[:80]}")
        draft = DraftField(made | ({"logicalTypeOptions": limits} if limits else {}))
        for place, each in enumerate(listed):
            draft.inside |= each.at("properties", place).inside
        return draft

    def _array(self, schema: Schema, path: str) -> DraftField | None:
        items = schema.get("items", True)
        limits = {name: schema[name] for name in ("minItems", "maxItems", "uniqueItems") if name in schema}
        if limits.get("maxItems") == MAX_ITEMS:
            del limits["maxItems"]
        source: Schema = {"logicalType": "array"} | ({"logicalTypeOptions": limits} if limits else {})
        if not isinstance(items, dict) or not items:
            if isinstance(items, list):
                self.left_out.add(f"{path}: a list of items by place {json.dumps(items)[:80]}")
            return DraftField(source)
        inner = self.value(items, f"{path}/*")
        if inner is None:
            return DraftField(source, ["items of any kind: what was said about them is above"])
        return DraftField({**source, "items": inner.source}, [], inner.at("items").inside)

    def whole(self, said: Any, path: str) -> Schema:
        """A schema with what it refers to and what it is all of, and without a branch that only allows null."""
        schema: Schema = dict(said) if isinstance(said, dict) else {}
        for _ in range(_MOST_REFS):
            if isinstance(ref := schema.pop("$ref", None), str):
                found = self._found(ref, path)
                for key in found.keys() & schema.keys() - {*_ABOUT, "type"}:
                    if found[key] != schema[key]:
                        self.left_out.add(
                            f"{path}: {key} {json.dumps(found[key])[:80]}, for {key} is said beside {ref}"
                        )
                schema = {**found, **schema, "$defs": {}}
            elif isinstance(parts := schema.get("allOf"), list) and (joined := _all_of(schema, parts)):
                schema = joined
            elif choice := _only_choice(schema):
                keyword, branch = choice
                schema.pop(keyword)
                inner = self.whole(branch, path)
                schema = {**inner, **schema, "type": [*kinds_of(inner), "null"]}
                if "enum" in inner and None not in inner["enum"]:
                    schema["enum"] = [*inner["enum"], None]
            else:
                return schema
        raise SchemaError(f"{path}: more than {_MOST_REFS} references, one to the next")

    def _found(self, ref: str, path: str) -> Schema:
        name, _, pointer = ref.partition("#")
        found = self._references.get(name) if name else self._root
        for part in (each for each in pointer.split("/")[1:]):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            self.left_out.add(f"{path}: {ref} is not there; give the schema that it is in")
            return {}
        return found

    def note_rest(self, schema: Schema, path: str, known: tuple[str, ...]) -> None:
        """Note every keyword that a contract does not take over."""
        for key, value in schema.items():
            if key not in (*known, *_ABOUT):
                self.left_out.add(f"{path}: {key} {json.dumps(value, ensure_ascii=False)[:80]}")


def _only_choice(schema: Schema) -> tuple[str, Any] | None:
    """The one branch of a choice that is not null, with the keyword of the choice."""
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list):
            others = [each for each in branches if each != {"type": "null"}]
            if len(others) == 1 and len(branches) == 2:
                return keyword, others[0]
    return None


def _all_of(schema: Schema, parts: list[Any]) -> Schema | None:
    """A schema and those that hold with it, in one; None where two of them say different things of one kind."""
    made = {key: value for key, value in schema.items() if key != "allOf"}
    for part in parts:
        if not isinstance(part, dict) or any(said_of(str(part.get("format", ""))) for part in parts):
            return None
        for key, value in part.items():
            mine = made.get(key)
            if key == "properties" and isinstance(mine, dict) and isinstance(value, dict):
                if any(mine[name] != value[name] for name in mine.keys() & value.keys()):
                    return None
                made[key] = {**mine, **value}
            elif key == "required" and isinstance(mine, list) and isinstance(value, list):
                made[key] = list(dict.fromkeys([*mine, *value]))
            elif key in made and mine != value and key not in _ABOUT:
                return None
            else:
                made.setdefault(key, value)
    return made


def _listed(schema: Schema) -> list[Any]:
    listed = schema.get("enum", [])
    return [schema["const"]] if "const" in schema else listed if isinstance(listed, list) else []
