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
     "None", "mro", "x.y", "a\\b", "fields", "at", "_", "cls", "\U0001d518nicode", "tab\there", "name", "import"]
)  # fmt: skip
FORMATS = ("uuid", "byte", "email", "uri", "ipv4", "password")
WIDTHS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64")


def _said(options: dict[str, Any]) -> dict[str, Any]:
    return {"logicalTypeOptions": options} if options else {}


def _of(kind: str, *options: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([{"logicalType": kind} | _said(each) for each in ({}, *options)])


def _listed(kind: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(values, min_size=1, max_size=4, unique=True)
    return several.map(lambda each: {"logicalType": kind, "enum": [{"value": value} for value in each]})


def _sized(size: str) -> dict[str, Any]:
    return {"logicalType": "integer" if size.endswith(",0)") else "number", "physicalType": size}


LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _of("string", {"pattern": "^[A-Z]{3}$"}, {"minLength": 2, "maxLength": 5}, *({"format": each} for each in FORMATS)),
    _of("integer", *({"format": each} for each in WIDTHS)),
    _of("integer", {"minimum": 7}, {"minimum": 0, "maximum": 20}, {"format": "u8", "minimum": 3, "maximum": 9}),
    _of("number", {"format": "f32"}, {"minimum": 0.5}, {"exclusiveMaximum": 3}),
    _of("date", {"format": "dd.MM.yyyy"}, {"minimum": "1990-01-01"}),
    _of("timestamp", {"timezone": False}, {"format": "yyyy-MM-dd HH:mm:ssXXX"}, {"format": "yyyyMMdd'T'HHmmssZ"}),
    _of("time", {"timezone": True}, {"format": "HH:mm"}),
    _of("boolean"),
    _of("object"),
    _of("array"),
    st.sampled_from(["DECIMAL(12,2)", "DECIMAL(30,0)", "DECIMAL(38,10)", "DECIMAL(4,4)"]).map(_sized),
    _listed("string", st.text(max_size=6)),
    _listed("integer", st.integers(-5, 5)),
)


@st.composite
def fields(draw: st.DrawFn, names: st.SearchStrategy[str], depth: int = 0) -> dict[str, Any]:
    kind = draw(st.sampled_from(["leaf", "leaf", "leaf", "object", "array", "map"])) if depth < 2 else "leaf"
    made = draw(LEAVES) if kind == "leaf" else _holder(draw, kind, names, depth + 1)
    return {"name": draw(names), **made} | ({"required": True} if draw(st.booleans()) else {})


def _holder(draw: st.DrawFn, kind: str, names: st.SearchStrategy[str], depth: int) -> dict[str, Any]:
    if kind == "object":
        listed = draw(st.lists(fields(names, depth), min_size=1, max_size=3, unique_by=_folded))
        return {"logicalType": "object", "properties": listed}
    inner = {key: each for key, each in draw(fields(names, depth)).items() if key not in ("name", "required")}
    if kind == "array":
        return {"logicalType": "array", "items": inner}
    return {"logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": inner}}


def _folded(field: dict[str, Any]) -> str:
    return str(field["name"]).lower()


@st.composite
def contracts(draw: st.DrawFn, names: st.SearchStrategy[str] | None = None, form: str = "") -> Contract:
    names = PLAIN_NAMES | ODD_NAMES if names is None else names
    listed = draw(st.lists(fields(names), min_size=1, max_size=6, unique_by=_folded))
    value: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "drawn.things",
        "version": "1.2.3",
        "status": "active",
        "schema": [{"name": "thing", "logicalType": "object", "properties": listed}],
    }
    custom: list[dict[str, Any]] = [{"property": "assay.topics", "value": {"format": form}}] if form else []
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
