"""An Avro schema in one spelling: names in full, attributes in one order, nothing that says what holds anyway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.contracts.compatibility.avro import PRIMITIVES, load_avro, parse_avro
from assay.contracts.errors import SchemaError

__all__ = ["Avro"]

_FIRST = ("type", "name", "namespace", "doc", "aliases", "fields", "symbols", "items", "values", "size", "default")
_INSIDE = {"array": "items", "map": "values"}
_MOST_NAMES = 4 * 1024 * 1024
_NAMED = ("record", "error", "enum", "fixed")


class Avro:
    """One schema of this kind, read."""

    def __init__(self, text: str, references: Mapping[str, str]) -> None:
        """Read it.

        Raises:
            SchemaError: it is none, or names a type that no reference defines.
        """
        root = parse_avro(text, references.values())
        self.name = root.name or root.kind
        self._references = [load_avro(each) for each in references.values()]
        self._root = load_avro(text)
        self.text = json.dumps(text) if self._root == text else text
        self.exact = self._spelt()
        self.fields = tuple((each.name, f"/fields/{place}") for place, each in enumerate(root.fields))

    @property
    def normalized(self) -> str:
        """The text with everything sorted whose order means nothing."""
        return self._spelt(is_sorted=True)

    def formatted(self, form: str) -> str | None:
        """The schema in a form that Avro has; none of another."""
        return self._spelt(is_inlined=True) if form == "resolved" else None

    def _spelt(self, *, is_sorted: bool = False, is_inlined: bool = False) -> str:
        spelling = _Spelling(is_sorted=is_sorted, is_inlined=is_inlined)
        try:
            for each in self._references:
                spelling.learn(each)
            return json.dumps(spelling.of(self._root, ""), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except RecursionError:
            raise SchemaError("the schema nests too deep") from None
        except ValueError:
            raise SchemaError("the schema has a number that no double can hold") from None


class _Spelling:
    """Spells the types of one schema; what is defined elsewhere is named, or written out where it is first used."""

    def __init__(self, *, is_sorted: bool, is_inlined: bool) -> None:
        self._is_sorted, self._is_inlined = is_sorted, is_inlined
        self._known: set[str] = set()
        self._elsewhere: dict[str, Any] = {}
        self._left = _MOST_NAMES

    def learn(self, schema: Any) -> None:
        """Take the types that a reference defines."""
        if self._is_inlined:
            plain = _Spelling(is_sorted=self._is_sorted, is_inlined=False)
            plain._known = set(self._elsewhere)
            self._elsewhere |= _defined(plain.of(schema, ""))
        else:
            self.of(schema, "")

    def of(self, schema: Any, space: str) -> Any:
        """The spelling of a type that stands in a namespace."""
        if isinstance(schema, str):
            return self._name(schema, space)
        if isinstance(schema, list):
            return [self.of(each, space) for each in schema]
        kind = schema["type"]
        if isinstance(kind, dict | list):
            return self.of(kind, space)
        if kind in _NAMED:
            return self._named(schema, space)
        made = {word: each for word, each in schema.items() if word != "type"}
        if kind in _INSIDE:
            made[_INSIDE[kind]] = self.of(schema[_INSIDE[kind]], space)
            return self._ordered({"type": kind, **made})
        name = self._name(kind, space)
        return self._ordered({"type": name, **made}) if made and isinstance(name, str) else name

    def _name(self, name: str, space: str) -> Any:
        if name in PRIMITIVES:
            return name
        full = name if "." in name or not space else f"{space}.{name}"
        found = full if full in self._known or full in self._elsewhere else name
        self._pay(found)
        if found in self._known or found not in self._elsewhere:
            return found
        made = self._elsewhere[found]
        return self.of(made if "." in found else {"namespace": "", **made}, space)

    def _pay(self, *names: str) -> None:
        """Keep what names in full take within bounds."""
        self._left -= sum(map(len, names))
        if self._left < 0:
            raise SchemaError(
                f"the names of the schema's types, written in full, take more than {_MOST_NAMES} characters"
            )

    def _named(self, schema: dict[str, Any], space: str) -> Any:
        name = schema["name"]
        given = schema.get("namespace", space)
        inside = name.rpartition(".")[0] if "." in name else given if isinstance(given, str) else ""
        full = name if "." in name or not inside else f"{inside}.{name}"
        self._known.add(full)
        made = {word: each for word, each in schema.items() if word not in ("namespace", "aliases")}
        made["name"] = full
        if "." not in full and space:
            made["namespace"] = ""
        if aliases := [each if "." in each or not inside else f"{inside}.{each}" for each in schema.get("aliases", [])]:
            self._pay(*aliases)
            made["aliases"] = sorted(aliases) if self._is_sorted else aliases
        if "fields" in schema and schema["type"] in ("record", "error"):
            made["fields"] = [self._field(each, inside) for each in schema["fields"]]
        return self._ordered(made)

    def _field(self, schema: dict[str, Any], space: str) -> dict[str, Any]:
        made = {**schema, "type": self.of(schema["type"], space)}
        if made.get("order") == "ascending":
            del made["order"]
        if made.get("aliases") == []:
            del made["aliases"]
        elif self._is_sorted and "aliases" in made:
            made["aliases"] = sorted(made["aliases"])
        return {"name": made.pop("name"), **self._ordered(made)}

    def _ordered(self, made: dict[str, Any]) -> dict[str, Any]:
        first = {word: made[word] for word in _FIRST if word in made}
        return first | {word: made[word] for word in sorted(made.keys() - first.keys())}


def _defined(schema: Any) -> dict[str, Any]:
    """The named types that a spelling defines, by their full names."""
    found: dict[str, Any] = {}
    stack = [schema]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            stack += each
        elif isinstance(each, dict):
            if each.get("type") in _NAMED:
                found[each["name"]] = each
            stack += [each[word] for word in ("type", "items", "values") if word in each]
            stack += [field["type"] for field in each.get("fields", []) if each.get("type") in ("record", "error")]
    return found
