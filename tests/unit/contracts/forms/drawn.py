"""Contracts of any shape that lints, for properties."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, json_schema, lint, load
from assay.contracts.samples import samples
from assay.contracts.yaml_text import yaml_text

__all__ = ["contracts", "fields", "good_records"]

PLAIN_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
ODD_NAMES = st.sampled_from(
    ["class", "from_json", "str", "datetime", "Größe", "a-b", "a b", "1st", "__init__", "self", "日本", 'quo"te', "value", "uuid",
     "None", "mro", "x.y", "a\\b", "fields", "at", "_", "cls", "𝔘nicode", "tab\there", "name", "import"]
)  # fmt: skip
FORMATS = ("uuid", "byte", "email", "uri", "ipv4", "password")
WIDTHS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64")


@st.composite
def fields(draw: st.DrawFn, names: st.SearchStrategy[str], depth: int = 0) -> dict[str, Any]:
    kinds = ["string", "integer", "number", "boolean", "date", "timestamp", "time", "decimal", "enum", "integers"]
    kind = draw(st.sampled_from(kinds + (["object", "array", "map"] if depth < 2 else [])))
    made = _typed(draw, kind, names, depth)
    return {"name": draw(names), **made} | ({"required": True} if draw(st.booleans()) else {})


def _typed(draw: st.DrawFn, kind: str, names: st.SearchStrategy[str], depth: int) -> dict[str, Any]:
    match kind:
        case "string":
            options = draw(
                st.one_of(
                    st.just({}),
                    st.sampled_from(FORMATS).map(lambda each: {"format": each}),
                    st.integers(0, 5).map(lambda least: {"minLength": least, "maxLength": least + 3}),
                    st.just({"pattern": "^[A-Z]{3}$"}),
                )
            )
            return {"logicalType": "string"} | _said(options)
        case "integer":
            width = draw(st.sampled_from(("", *WIDTHS)))
            low = draw(st.integers(0, 100))
            bounds = draw(st.sampled_from([{}, {"minimum": low}, {"minimum": low, "maximum": low + 20}]))
            return {"logicalType": "integer"} | _said(({"format": width} if width else {}) | bounds)
        case "number":
            return {"logicalType": "number"} | _said(draw(st.sampled_from([{}, {"format": "f32"}, {"minimum": 0.5}])))
        case "decimal":
            size = draw(st.sampled_from(["DECIMAL(12,2)", "DECIMAL(30,0)", "DECIMAL(38,10)", "DECIMAL(4,4)"]))
            return {"logicalType": "integer" if size.endswith(",0)") else "number", "physicalType": size}
        case "enum":
            values = draw(st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True))
            return {"logicalType": "string", "enum": [{"value": each} for each in values]}
        case "integers":
            values = draw(st.lists(st.integers(-5, 5), min_size=1, max_size=4, unique=True))
            return {"logicalType": "integer", "enum": [{"value": each} for each in values]}
        case "date":
            return {"logicalType": "date"} | _said(draw(st.sampled_from([{}, {"format": "dd.MM.yyyy"}, {"minimum": "1990-01-01"}])))
        case "timestamp":
            forms = [{}, {"timezone": False}, {"format": "yyyy-MM-dd HH:mm:ssXXX"}, {"format": "yyyyMMdd'T'HHmmssZ"}]
            return {"logicalType": "timestamp"} | _said(draw(st.sampled_from(forms)))
        case "time":
            return {"logicalType": "time"} | _said(draw(st.sampled_from([{}, {"timezone": True}, {"format": "HH:mm"}])))
        case "object":
            listed = draw(st.lists(fields(names, depth + 1), max_size=3, unique_by=lambda each: each["name"].lower()))
            return {"logicalType": "object"} | ({"properties": listed} if listed else {})
        case "array":
            items = draw(st.none() | fields(names, depth + 1))
            return {"logicalType": "array"} | ({"items": _inner(items)} if items else {})
        case "map":
            value = _inner(draw(fields(names, depth + 1)))
            return {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": value}}
    return {"logicalType": kind}


def _said(options: dict[str, Any]) -> dict[str, Any]:
    return {"logicalTypeOptions": options} if options else {}


def _inner(field: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in field.items() if key not in ("name", "required")}


@st.composite
def contracts(draw: st.DrawFn, names: st.SearchStrategy[str] | None = None, most: int = 6, **topics: str) -> Contract:
    names = PLAIN_NAMES | ODD_NAMES if names is None else names
    listed = draw(st.lists(fields(names), min_size=1, max_size=most, unique_by=lambda each: each["name"].lower()))
    value: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "drawn.things",
        "version": "1.2.3",
        "status": "active",
        "schema": [{"name": "thing", "logicalType": "object", "properties": listed}],
    }
    custom = [{"property": "assay.topics", "value": topics}] if topics else []
    if draw(st.booleans()):
        custom.append({"property": "assay.openness", "value": "open"})
    if custom:
        value["customProperties"] = custom
    text = yaml_text(value).encode()
    assume(not lint(text))
    return load(text)


def good_records(contract: Contract, count: int = 20) -> list[bytes]:
    """Records that the judge accepts."""
    judge = Judge(contract)
    made = samples(json_schema(contract), count, Random(7))
    return [record for record in made if judge.judge(record).reason is None]
