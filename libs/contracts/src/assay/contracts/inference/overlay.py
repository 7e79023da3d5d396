"""What records show, put on what their schema says."""

from __future__ import annotations

from typing import Any

from assay.contracts.document import Pointer
from assay.contracts.drafts.draft import Draft

__all__ = ["overlaid"]

_SHOWN_BY_RECORDS = ("primaryKey", "primaryKeyPosition", "classification", "enum")

Property = dict[str, Any]


def overlaid(schema: Draft, sample: Draft) -> Draft:
    """The draft of a schema with the guesses of a sample about its top-level fields; types stay those of the schema."""
    shown = {each["name"]: (place, each) for place, each in enumerate(_properties(sample))}
    for place, each in enumerate(_properties(schema)):
        if each["name"] not in shown:
            continue
        where, seen = shown[each["name"]]
        notes = sample.notes.get(("schema", 0, "properties", where), [])
        if seen["logicalType"] == each["logicalType"]:
            _join(each, seen)
        else:
            notes = [note.partition(";")[0] for note in notes]  # how often it was there; the rest is of another type
        here: Pointer = ("schema", 0, "properties", place)
        schema.notes[here] = [*schema.notes.get(here, []), *notes]
    names = {each["property"] for each in schema.value.get("customProperties", [])}
    for place, each in enumerate(sample.value.get("customProperties", [])):
        if each["property"] not in names and each["property"] != "assay.openness":
            schema.value.setdefault("customProperties", []).append(each)
            at: Pointer = ("customProperties", len(schema.value["customProperties"]) - 1)
            schema.notes[at] = sample.notes.get(("customProperties", place), [])
    return schema


def _properties(draft: Draft) -> list[Property]:
    listed: list[Property] = draft.value["schema"][0]["properties"]
    return listed


def _join(each: Property, seen: Property) -> None:
    """Take over what the schema leaves open; a key is a key only where the field must be there."""
    for name in _SHOWN_BY_RECORDS:
        if name in seen and name not in each and (not name.startswith("primaryKey") or each.get("required")):
            each[name] = seen[name]
    options = {**seen.get("logicalTypeOptions", {}), **each.get("logicalTypeOptions", {})}
    if options and "enum" not in each:
        each["logicalTypeOptions"] = options
