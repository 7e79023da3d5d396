"""The closed vocabulary `assay.*`: custom properties of ODCS that Assay reads, checked name by name."""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.odcs import PartSchema, check_schema
from assay.contracts.words import did_you_mean, listed

__all__ = ["OLDER", "check_vocabulary", "custom", "duration_h", "duration_s", "schema_of", "vocabulary"]

OLDER = ("assay.sla", "assay.carried")
"""What an export to an older version of the standard carries along, and an import takes back."""

PLACES = ("contract", "object", "property", "quality line", "service level", "server")


def vocabulary() -> dict[str, Any]:
    """The JSON Schemas of the vocabulary, by place and name."""
    return {place: _file()[place] for place in PLACES}


def schema_of(place: str, name: str) -> dict[str, Any]:
    """The JSON Schema of one property of the vocabulary, whole."""
    schema: dict[str, Any] = vocabulary()[place][name]
    return schema | {"$defs": _file()["$defs"]}


def custom(holder: dict[str, Any]) -> dict[str, Any]:
    """The `assay.*` properties of a contract, an object, a property or a service level."""
    listing = holder.get("customProperties", [])
    return {each["property"]: each["value"] for each in listing if str(each["property"]).startswith("assay.")}


def duration_h(text: str) -> int:
    """Whole hours of an ISO 8601 duration in days, hours and minutes, rounded up."""
    return -(-duration_s(text) // 3600)


def duration_s(text: str) -> int:
    """Seconds of an ISO 8601 duration in days, hours, minutes and seconds."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def check_vocabulary(document: Document) -> list[Finding]:
    """Every `assay.*` property that is unknown, misplaced, there twice, or has a value of the wrong form."""
    return [finding for place, holder, at in _holders(document) for finding in _check(document, place, holder, at)]


def _check(document: Document, place: str, holder: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, each in enumerate(holder.get("customProperties", [])):
        name, here = each["property"], (*at, "customProperties", index)
        if name in seen:
            yield document.finding(here, f"{name!r} is here twice; keep one")
        seen.add(name)
        if name in vocabulary()[place]:
            yield from check_schema(document, _part(place, name), each["value"], (*here, "value"))
        elif message := _refusal(place, name):
            yield document.finding((*here, "property"), message)


def _refusal(place: str, name: str) -> str:
    if name in OLDER:
        return f"{name!r} is what an export to an older version carries; `assay contract import` makes this file whole"
    known = [each for names in vocabulary().values() for each in names]
    for other, names in vocabulary().items():
        if name in names:
            return f"{name!r} belongs to a {other}, not to a {place}; move it to the customProperties there"
    if name.lower().startswith("assay") or difflib.get_close_matches(name, known, n=1, cutoff=0.85):
        return f"unknown name {name!r}{did_you_mean(name, known) or f'; known here: {listed(vocabulary()[place])}'}"
    return ""


def _holders(document: Document) -> Iterator[tuple[str, dict[str, Any], Pointer]]:
    yield "contract", document.value, ()
    for index, level in enumerate(document.value.get("slaProperties", [])):
        yield "service level", level, ("slaProperties", index)
    for index, server in enumerate(document.value.get("servers", [])):
        yield "server", server, ("servers", index)
    for index, body in enumerate(document.value.get("schema", [])):
        yield "object", body, ("schema", index)
        yield from _lines(body, ("schema", index))
        yield from _properties(body, ("schema", index))


def _properties(body: dict[str, Any], at: Pointer) -> Iterator[tuple[str, dict[str, Any], Pointer]]:
    for index, each in enumerate(body.get("properties", [])):
        here = (*at, "properties", index)
        yield "property", each, here
        yield from _lines(each, here)
        yield from _properties(each, here)
    for holder, part in ((body, "items"), (body.get("map", {}), "key"), (body.get("map", {}), "value")):
        if inside := holder.get(part):
            here = (*at, part) if part == "items" else (*at, "map", part)
            yield "property", inside, here
            yield from _lines(inside, here)
            yield from _properties(inside, here)


def _lines(body: dict[str, Any], at: Pointer) -> Iterator[tuple[str, dict[str, Any], Pointer]]:
    for index, line in enumerate(body.get("quality", [])):
        yield "quality line", line, (*at, "quality", index)


@functools.cache
def _part(place: str, name: str) -> PartSchema:
    return PartSchema(schema_of(place, name))


@functools.cache
def _file() -> Any:
    return json.loads(resources.files("assay.contracts").joinpath("vocabulary.json").read_text(encoding="utf-8"))
