"""The Open Data Contract Standard: whether a file keeps its JSON Schema, and where it does not.

Standard: https://bitol-io.github.io/open-data-contract-standard/v3.2.0/
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import jsonschema_rs

from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.words import did_you_mean, listed

__all__ = ["VERSIONS", "check_schema", "check_standard", "check_version"]

VERSIONS = ("v3.2.0", "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0")
"""Versions of the standard that are read, newest first."""


def check_version(document: Document) -> list[Finding]:
    """Whether the file says that it is of a version that is read; nothing else can be said if it is not."""
    found = document.value.get("apiVersion")
    if found in VERSIONS:
        return []
    if "dataContractSpecification" in document.value or str(found).startswith("v2"):
        hint = "convert it to ODCS v3 first, for example with `datacontract export --format odcs`"
        return [document.finding(["apiVersion"], f"this version of the standard is not read; {hint}")]
    seen = "apiVersion is missing" if found is None else f"apiVersion {found!r} is not known"
    return [document.finding(["apiVersion"], f"{seen}; write one of {listed(VERSIONS)}")]


def check_standard(document: Document) -> list[Finding]:
    """Every way in which the file breaks the JSON Schema of ODCS."""
    return check_schema(document, _standard(), document.value, ())


def check_schema(
    document: Document, schema: jsonschema_rs.Draft201909Validator, value: object, at: Pointer
) -> list[Finding]:
    """The findings of a schema on the part of a document at a pointer, each at the line it is about."""
    errors = list(schema.iter_errors(value))
    places = [tuple(error.instance_path) for error in errors if error.kind.name != "unevaluatedProperties"]
    found = [finding for error in errors for finding in _findings(document, error, at, places)]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.line)


@functools.cache
def _standard() -> jsonschema_rs.Draft201909Validator:
    return jsonschema_rs.Draft201909Validator(_standard_schema(), offline=True)


@functools.cache
def _standard_schema() -> Any:
    file = resources.files("open_data_contract_standard").joinpath("schema.json")
    return json.loads(file.read_text(encoding="utf-8"))


@functools.cache
def _known_keys() -> frozenset[str]:
    return frozenset(_keys(_standard_schema()))


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _keys(part)


def _findings(
    document: Document, error: jsonschema_rs.ValidationError, base: Pointer, places: list[Pointer]
) -> Iterator[Finding]:
    path = tuple(error.instance_path)
    at, keyword, limit = (*base, *path), error.kind.name, error.kind.value
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        # A key of the standard is also unevaluated when something else is wrong inside its object.
        disturbed = any(place[: len(path)] == path for place in places)
        for name in limit:
            if not (disturbed and keyword == "unevaluatedProperties" and name in _known_keys()):
                hint = did_you_mean(name, _expected_keys(error) or _known_keys())
                yield document.finding((*at, name), f"unknown key {name!r}{hint or '; take it out'}")
    elif keyword == "required":
        yield document.finding(at, f"key {limit!r} is missing{_where(at)}; add it")
    else:
        yield document.finding(at, f"{_name(at)} {_problem(error, keyword, limit)}")


def _expected_keys(error: jsonschema_rs.ValidationError) -> list[str]:
    near = error.schema_path[:-1]
    schema: Any = _standard_schema()
    try:
        for part in near:
            schema = schema[part]
    except (KeyError, IndexError, TypeError):
        return []
    return list(schema.get("properties", {})) if isinstance(schema, dict) else []


def _problem(error: jsonschema_rs.ValidationError, keyword: str, limit: Any) -> str:
    value = error.instance
    match keyword:
        case "type":
            kinds = " or ".join(limit)
            quote = "; put it in quotes" if limit == ["string"] and isinstance(value, int | float) else ""
            return f"must be {kinds}{quote}"
        case "enum":
            known = [str(option) for option in limit]
            return f"is {value!r}, not one of {listed(known)}{did_you_mean(str(value), known)}"
        case "const":
            return f"must be {limit!r}"
        case "pattern":
            return f"is {value!r}, which does not match {limit}"
        case "oneOf" | "anyOf":
            return "fits none of the forms that the standard allows here; see its description of this key"
    return f"breaks the rule {keyword} {limit!r}"


def _name(at: Pointer) -> str:
    return repr(at[-1]) if at and isinstance(at[-1], str) else f"item {at[-1]}" if at else "the file"


def _where(at: Pointer) -> str:
    return f" in {_name(at)}" if at else ""
