"""An Avro schema as a draft (https://avro.apache.org/docs/1.12.0/specification/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from assay.contracts.compatibility.avro.parsing import parse_avro
from assay.contracts.drafts.draft import Draft, DraftField, LeftOut, draft_of
from assay.contracts.errors import SchemaError
from assay.contracts.types import MAX_DIGITS

__all__ = ["from_avro"]

_PLAIN: dict[str, dict[str, Any]] = {
    "boolean": {"logicalType": "boolean"},
    "int": {"logicalType": "integer", "logicalTypeOptions": {"format": "i32"}},
    "long": {"logicalType": "integer"},
    "float": {"logicalType": "number", "logicalTypeOptions": {"format": "f32"}},
    "double": {"logicalType": "number"},
    "bytes": {"logicalType": "string", "logicalTypeOptions": {"format": "byte"}},
    "string": {"logicalType": "string"},
}
_LOGICAL: dict[str, dict[str, Any]] = {
    "uuid": {"logicalType": "string", "logicalTypeOptions": {"format": "uuid"}},
    "date": {"logicalType": "date"},
    "time": {"logicalType": "time"},
    "offset-time": {"logicalType": "time", "logicalTypeOptions": {"timezone": True}},
    "timestamp": {"logicalType": "timestamp"},
    "local-timestamp": {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False}},
}
_UNITS = ("-millis", "-micros", "-nanos")
_MEANT_FOR = {
    "uuid": ("string",), "date": ("int",), "time": ("int", "long"), "timestamp": ("long",), "local-timestamp": ("long",),
    "offset-time": ("string",), "decimal": ("bytes", "fixed"),
}  # fmt: skip
_SAID = (
    "type",
    "name",
    "namespace",
    "fields",
    "items",
    "values",
    "symbols",
    "size",
    "logicalType",
    "precision",
    "scale",
    "doc",
)

Schema = dict[str, Any]


def from_avro(text: str, contract: str = "", references: Iterable[str] = ()) -> Draft:
    """The draft of a contract for records of a schema; `references` are schemas whose types it uses.

    Raises:
        SchemaError: it is no Avro schema, or not one of a record.
    """
    texts = list(references)
    parse_avro(text, texts)
    reader = _Reader()
    for each in texts:
        reader.learn(_loaded(each), "")
    root = _loaded(text)
    if not isinstance(root, dict) or root.get("type") not in ("record", "error"):
        raise SchemaError("a contract is about records; this schema is of something else")
    fields = list(reader.fields(root, "", ""))
    name = str(root["name"]).rpartition(".")[2]
    space = root.get("namespace") or str(root["name"]).rpartition(".")[0]
    custom: dict[str, object] = {"assay.topics": {"kind": "direct", "format": "avro"}}
    about = {"description": str(root["doc"])} if root.get("doc") else {}
    return draft_of(contract or space or name, name, fields, custom=custom, left_out=reader.left_out.lines, about=about)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # a bare word: the name of a type


class _Reader:
    def __init__(self) -> None:
        self.left_out = LeftOut()
        self._named: dict[str, tuple[Schema, str]] = {}
        self._open: list[str] = []

    def learn(self, schema: Any, space: str) -> None:
        """Remember every named type in a schema."""
        if isinstance(schema, list):
            for each in schema:
                self.learn(each, space)
        elif isinstance(schema, dict):
            inside = self._define(schema, space)
            for key in ("type", "items", "values"):
                self.learn(schema.get(key), inside)
            for each in schema.get("fields") or ():
                self.learn(each.get("type"), inside)

    def fields(self, record: Schema, space: str, path: str) -> Iterator[DraftField]:
        inside = self._define(record, space)
        self._note_rest(record, path or "the record")
        for each in record["fields"]:
            where = f"{path}/{each['name']}"
            made = self._value(each["type"], inside, where)
            self._note_default(each, made, where)
            if made is None:
                continue
            source = {"name": each["name"], **made.source}
            if doc := each.get("doc"):
                source["description"] = str(doc)
            yield DraftField(source, made.notes, made.inside)

    def _value(self, schema: Any, space: str, path: str) -> DraftField | None:
        """One value; None where a contract has no word for it, and then that is noted."""
        self.left_out.count(path)
        if isinstance(schema, list):
            return self._union(schema, space, path)
        if isinstance(schema, str):
            return self._by_name(schema, space, path)
        kind = schema["type"]
        if isinstance(kind, dict | list):
            return self._value(kind, space, path)
        self._note_rest(schema, path)
        match kind:
            case "record" | "error":
                return self._record(schema, space, path)
            case "enum":
                self._define(schema, space)
                values = [{"value": each} for each in schema["symbols"]]
                note = "an enum of Avro before; in the schema of a contract its values are text"
                return _field({"logicalType": "string", "enum": values}, note)
            case "fixed":
                self._define(schema, space)
                return _logical(schema, "fixed") or _bytes_of(schema["size"])
            case "array":
                return self._inside(schema["items"], space, path, {"logicalType": "array"}, ("items",))
            case "map":
                head = {"logicalType": "map", "map": {"key": {"logicalType": "string"}}}
                return self._inside(schema["values"], space, path, head, ("map", "value"))
        return _logical(schema, kind) or self._by_name(kind, space, path)

    def _union(self, branches: list[Any], space: str, path: str) -> DraftField | None:
        others = [each for each in branches if each not in ("null", {"type": "null"})]
        if len(others) != 1:
            words = ", ".join(each if isinstance(each, str) else str(each.get("type")) for each in branches)
            self.left_out.add(f"{path}: a value of more than one type ({words}); give it one, or a field for each")
            return None
        made = self._value(others[0], space, path)
        if made and len(others) < len(branches):
            made.source.pop("required", None)
        return made

    def _by_name(self, name: str, space: str, path: str) -> DraftField | None:
        if name in _PLAIN:
            return _field(_PLAIN[name])
        if name == "null":
            self.left_out.add(f"{path}: a value that is always null")
            return None
        full = name if "." in name or not space else f"{space}.{name}"
        schema, where = self._named.get(full) or self._named[name]
        return self._value(schema, where, path)

    def _record(self, schema: Schema, space: str, path: str) -> DraftField | None:
        name = _full(schema, space)
        if name in self._open:
            self.left_out.add(f"{path}: {name} inside itself; a contract has no types that hold themselves")
            return None
        self._open.append(name)
        listed = list(self.fields(schema, space, path))
        self._open.pop()
        made = _field({"logicalType": "object", "properties": [each.source for each in listed]})
        for place, each in enumerate(listed):
            made.inside |= each.at("properties", place).inside
        return made

    def _inside(self, schema: Any, space: str, path: str, head: Schema, at: tuple[str, ...]) -> DraftField | None:
        inner = self._value(schema, space, f"{path}/*")
        if inner is None:
            return None
        source = dict(inner.source)
        if not source.pop("required", False):
            source["required"] = False
        holder = {**head, "map": {**head["map"], "value": source}} if at[0] == "map" else {**head, "items": source}
        made = _field(holder)
        made.inside |= inner.at(*at).inside
        return made

    def _define(self, schema: Schema, space: str) -> str:
        """Remember a named type; return the namespace that holds inside it."""
        if schema.get("type") not in ("record", "error", "enum", "fixed") or not isinstance(schema.get("name"), str):
            return space
        full = _full(schema, space)
        self._named[full] = (schema, space)
        return full.rpartition(".")[0]

    def _note_rest(self, schema: Schema, path: str, known: tuple[str, ...] = ()) -> None:
        for key, value in schema.items():
            if key not in (*_SAID, *known):
                self.left_out.add(f"{path}: {key} {json.dumps(value)[:80]}")

    def _note_default(self, field: Schema, made: DraftField | None, path: str) -> None:
        if made and field.get("default") is not None:
            self.left_out.add(f"{path}: default {json.dumps(field['default'])[:80]}; a contract has no defaults")
        self._note_rest(field, path, ("default",))


def _full(schema: Schema, space: str) -> str:
    name = str(schema["name"])
    given = schema.get("namespace", space)
    return name if "." in name or not given else f"{given}.{name}"


def _field(source: Schema, *notes: str) -> DraftField:
    return DraftField({"required": True, **source}, list(notes))


def _bytes_of(size: int) -> DraftField:
    note = f"exactly {size} bytes before (fixed); a contract does not say how many"
    return _field(_PLAIN["bytes"], note)


def _logical(schema: Schema, kind: str) -> DraftField | None:
    """A value whose logical type means something; None for any other."""
    logical = str(schema.get("logicalType", ""))
    name = next((logical.removesuffix(unit) for unit in _UNITS if logical.endswith(unit)), logical)
    if kind not in _MEANT_FOR.get(name, ()):
        return None
    if name == "decimal":
        precision, scale = schema.get("precision"), schema.get("scale", 0)
        if not isinstance(precision, int) or not isinstance(scale, int) or not 0 < precision <= MAX_DIGITS:
            return None
        of = "number" if scale else "integer"
        return _field({"logicalType": of, "physicalType": f"DECIMAL({precision},{scale})"})
    if logical.endswith(("-millis", "-nanos")):
        return _field(_LOGICAL[name], f"{logical} before; the schema of a contract counts microseconds")
    return _field(_LOGICAL[name])
