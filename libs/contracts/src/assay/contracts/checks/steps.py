"""The steps of a flow: each names places that exist, and gives values that the contract may allow there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assay.contracts.checks.expressions import check_expression
from assay.contracts.checks.places import listed, temporary_places, unknown_places
from assay.contracts.checks.scope import Scope
from assay.contracts.checks.spellings import check_parse
from assay.contracts.document import Pointer as At
from assay.contracts.engine import validator
from assay.contracts.explain import shape
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.fields import field_at
from assay.contracts.recovery.pointers import EVERY, parse
from assay.contracts.recovery.tree import written
from assay.contracts.recovery.versions import covers
from assay.contracts.schema import field_schema
from assay.contracts.types import digits

__all__ = ["Problem", "check_steps"]

Problem = tuple[At, str]
"""A place in a flow, and what is wrong there."""

_UNSAYABLE = "an integer of more than 64 bits, which JSON readers do not keep"


def check_steps(flow: Mapping[str, Any], scope: Scope) -> Iterator[Problem]:
    """What is wrong with the steps of a flow."""
    passing = temporary_places(flow)
    is_partial = "migration" in flow and not covers(flow["migration"]["to"], scope.version)
    for place, step in enumerate(flow["steps"]):
        for word, said in step.items():
            at = ("steps", place, word)
            if word == "decode" and place:
                yield at, "it says how the record is read; put it first"
            for key, message in _CHECKS.get(word, _nothing)(said, scope):
                yield (*at, key), message
            if not is_partial and flow.get("when", {}).get("reason") != "envelope":
                yield from (((*at, key), message) for key, message in unknown_places(word, said, scope, passing))


def _nothing(_said: Any, _scope: Scope) -> Iterator[tuple[Any, str]]:
    yield from ()


def _values(said: Mapping[str, Any], scope: Scope) -> Iterator[tuple[Any, str]]:
    """Constants must be values that the contract allows."""
    for name, value in said.items():
        field = field_at(scope.fields, parse(name))
        if field is not None and not validator(field_schema(field, scope.is_closed)).is_valid(value):
            yield name, f"sets {name!r} to a {shape(value)} that the contract refuses; set one that it allows"
        elif not _is_json(value):
            yield name, f"{name!r} is set to {_UNSAYABLE}"


def _is_json(value: Any) -> bool:
    """Whether any reader of JSON takes a constant, and what is in it."""
    try:
        written(value)
    except RepairError:
        return False
    return True


def _casts(said: Mapping[str, str], scope: Scope) -> Iterator[tuple[Any, str]]:
    for name, kind in said.items():
        field = field_at(scope.fields, parse(name))
        if field is not None and kind != field.type and not (kind == "string" and digits(field)):
            yield name, f"casts {name!r} to {kind}, but the contract says {field.type}"


def _maps(said: Mapping[str, Any], scope: Scope) -> Iterator[tuple[Any, str]]:
    for name, each in said.items():
        field = field_at(scope.fields, parse(name))
        results = [*each["values"].values(), *([each["default"]] if "default" in each else ())]
        if not all(map(_is_json, results)):
            yield name, f"maps {name!r} to {_UNSAYABLE}"
        if field is None:
            continue
        schema = validator(field_schema(field, scope.is_closed))
        for value in results:
            if not schema.is_valid(value):
                yield name, f"maps {name!r} to a {shape(value)} that the contract refuses; map to what it allows"


def _pairs(said: Mapping[str, str], _scope: Scope) -> Iterator[tuple[Any, str]]:
    for source, target in said.items():
        if parse(target).count(EVERY) != parse(source).count(EVERY):
            yield source, "`*` stands for the same places on both sides; write as many there as here"
        elif parse(source) == parse(target):
            yield source, "both sides are the same place"


def _moves(said: Mapping[str, str], scope: Scope) -> Iterator[tuple[Any, str]]:
    yield from _pairs(said, scope)
    yield from _taken_away({name: name for name in said}, scope)


def _renames(said: Mapping[str, str], scope: Scope) -> Iterator[tuple[Any, str]]:
    yield from _taken_away({name: name for name in said}, scope)
    for source, name in said.items():
        if "/" in name:
            yield source, f"{name!r} is a place, not a name; write `move` to put a value elsewhere"
        elif parse(source)[-1:] == (name,):
            yield source, "it has that name already"


def _drops(said: list[str], scope: Scope) -> Iterator[tuple[Any, str]]:
    yield from _taken_away(dict(enumerate(said)), scope)


def _taken_away(names: Mapping[Any, str], scope: Scope) -> Iterator[tuple[Any, str]]:
    """Required fields: a record without them is never accepted."""
    required = {(field.name,) for field in scope.fields if field.required}
    for key, name in names.items():
        if parse(name) in required:
            yield key, f"{name!r} is required; a record without it is never accepted"


def _parts(said: Mapping[str, Any], _scope: Scope) -> Iterator[tuple[Any, str]]:
    for name, each in said.items():
        for other in listed(each.get("into") or each["of"]):
            if parse(other).count(EVERY) != parse(name).count(EVERY):
                yield name, "`*` stands for the same places on both sides; write as many there as here"


def _evaluates(said: Mapping[str, str], scope: Scope) -> Iterator[tuple[Any, str]]:
    for name, expr in said.items():
        if EVERY in parse(name):
            yield name, "an expression gives one value; write one place"
        yield from ((name, message) for message in check_expression(expr, field_at(scope.fields, parse(name)), scope))


def _parses(said: Mapping[str, Any], scope: Scope) -> Iterator[tuple[Any, str]]:
    for name, each in said.items():
        yield from ((name, message) for message in check_parse(each, field_at(scope.fields, parse(name)), name))


def _patches(said: list[Mapping[str, Any]], _scope: Scope) -> Iterator[tuple[Any, str]]:
    for place, each in enumerate(said):
        needed = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from"}.get(
            each["op"], ""
        )
        if needed and needed not in each:
            yield place, f"operation {each['op']} needs {needed!r} (RFC 6902)"
        if not _is_json(each.get("value")):
            yield place, f"operation {each['op']} has {_UNSAYABLE}"
        for word in {"value", "from"} & each.keys() - {needed}:
            yield place, f"operation {each['op']} has no {word!r} (RFC 6902); take it out"


_CHECKS: dict[str, Callable[[Any, Scope], Iterator[tuple[Any, str]]]] = {
    "set": _values,
    "default": _values,
    "cast": _casts,
    "map": _maps,
    "copy": _pairs,
    "move": _moves,
    "rename": _renames,
    "drop": _drops,
    "split": _parts,
    "merge": _parts,
    "evaluate": _evaluates,
    "parse": _parses,
    "patch": _patches,
}
