"""What each field of a contract is in Python: its annotation, how it is read from JSON, and how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from assay.contracts.codegen.names import class_name
from assay.contracts.model import Contract, Field
from assay.contracts.moments import moment_of
from assay.contracts.types import type_of

__all__ = ["Shape", "Shapes"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One type: `reads` is the name of a function of a JSON value and its path; `{}` in `writes` is the value."""

    annotation: str
    reads: str
    writes: str = "{}"


_PLAIN = {
    "text": Shape("str", "_text"),
    "uuid": Shape("uuid.UUID", "_uuid", "str({})"),
    "bytes": Shape("bytes", "_bytes", "base64.b64encode({}).decode()"),
    "whole": Shape("decimal.Decimal", "_decimal", 'format({}, "f")'),
    "decimal": Shape("decimal.Decimal", "_decimal", 'format({}, "f")'),
    "f32": Shape("float", "_number"),
    "f64": Shape("float", "_number"),
    "boolean": Shape("bool", "_boolean"),
    "date": Shape("datetime.date", "_date", "{}.isoformat()"),
    "timestamp": Shape("datetime.datetime", "_timestamp", "_instant({})"),
    "local timestamp": Shape("datetime.datetime", "_local_timestamp", "{}.isoformat()"),
    "time": Shape("datetime.time", "_time", "{}.isoformat()"),
    "offset time": Shape("datetime.time", "_time", "{}.isoformat()"),
    "any object": Shape("Mapping[str, object]", "_object", "dict({})"),
    "any array": Shape("tuple[object, ...]", "_list(_anything)", "list({})"),
}
_DIRECTIVES = {
    "yyyy": "%Y", "uuuu": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "SSSSSS": "%f",
}  # fmt: skip
_LETTERS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
_SPELLED = {
    "date": ("_spelled_date", "datetime.date"),
    "timestamp": ("_spelled_instant", "datetime.datetime"),
    "local timestamp": ("_spelled_timestamp", "datetime.datetime"),
    "time": ("_spelled_time", "datetime.time"),
}
_TEXT = _PLAIN["text"]


@dataclass(slots=True)
class Shapes:
    """The classes and enums that the records of a contract need, found on the way through its fields."""

    contract: Contract
    classes: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    enums: dict[str, tuple[str | int, ...]] = field(default_factory=dict)

    def record(self) -> str:
        """Name the class of the records, and find everything in it."""
        return self._class(self.contract.record, self.contract.fields)

    def of(self, field: Field, owner: str) -> Shape:
        """The shape of a field's value where it is there; `owner` is the class that it is in."""
        return self._of(field, f"{owner}_{field.name}")

    def _class(self, name: str, fields: tuple[Field, ...]) -> str:
        made = class_name(name, {*self.classes, *self.enums})
        self.classes[made] = fields
        return made

    def _of(self, field: Field, path: str) -> Shape:
        kind = type_of(field).name
        if field.enum:
            return self._enum(field, kind, path)
        if kind == "object":
            name = self._class(path, field.properties)
            return Shape(name, f"{name}.from_value", "{}.to_value()")
        if kind == "array" and field.items:
            each = self._nullable(field.items, f"{path}_item")
            return Shape(
                f"tuple[{each.annotation}, ...]", f"_list({each.reads})", _comprehended("[{} for each in {{}}]", each)
            )
        if kind == "map" and field.values:
            each = self._nullable(field.values, f"{path}_value")
            writes = _comprehended("{{name: {} for name, each in {{}}.items()}}", each)
            return Shape(f"Mapping[str, {each.annotation}]", f"_map({each.reads})", writes)
        if own := moment_of(field):
            return _spelled(kind, own.form) if own.form else _PLAIN[kind]
        if kind == "uuid" and "pattern" in field.options:
            return _TEXT
        return _PLAIN.get(kind, Shape("int", "_integer"))

    def _nullable(self, field: Field, path: str) -> Shape:
        shape = self._of(field, path)
        if field.required:
            return shape
        writes = (
            shape.writes if shape.writes == "{}" else f"None if {{0}} is None else {shape.writes.replace('{}', '{0}')}"
        )
        return Shape(f"{shape.annotation} | None", f"_maybe({shape.reads})", writes)

    def _enum(self, field: Field, kind: str, path: str) -> Shape:
        values = tuple(dict.fromkeys(each for each in field.enum if each is not None))
        if kind == "text":
            listed: tuple[str | int, ...] = tuple(str(each) for each in values)
        elif field.type == "integer" and kind != "whole":
            listed = tuple(dict.fromkeys(int(each) for each in values))
        else:
            return _PLAIN[kind] if kind in ("boolean", "f32", "f64") else _TEXT
        name = class_name(path, {*self.classes, *self.enums})
        self.enums[name] = listed
        return Shape(name, f"_one_of({name})")


def _comprehended(form: str, each: Shape) -> str:
    return form.format(each.writes.replace("{}", "each").replace("{0}", "each"))


def _spelled(kind: str, form: str) -> Shape:
    """A moment that is written in a form of its own; as text where Python has no directive for a part of it."""
    parts = [_directive(found) for found in _LETTERS.finditer(form)]
    if kind not in _SPELLED or not all(parts):
        return _TEXT
    reads, annotation = _SPELLED[kind]
    pattern = "".join(part for part in parts if part)
    quoted = repr(pattern).replace("{", "\\x7b")
    return Shape(annotation, f"{reads}({quoted})", f"_spelled({{}}, {quoted})")


def _directive(found: re.Match[str]) -> str | None:
    """What a letter of the form is to strptime; `%:z` stands for an offset with a colon."""
    letters = found[0]
    if letters in ("XXX", "Z"):
        return "%:z" if letters == "XXX" else "%z"
    if letters in _DIRECTIVES:
        return _DIRECTIVES[letters]
    if letters[0].isascii() and letters[0].isalpha():
        return None
    text = (found[1].replace("''", "'") or "'") if letters[0] == "'" and len(letters) > 1 else letters
    return text.replace("%", "%%")
