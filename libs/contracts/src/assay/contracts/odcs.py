"""The Open Data Contract Standard: whether a file keeps its JSON Schema, and where it does not.

Standard: https://bitol-io.github.io/open-data-contract-standard/v3.2.0/
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import jsonschema_rs

from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.explain import LIMITS
from assay.contracts.promise import OPERATORS
from assay.contracts.words import did_you_mean, listed

__all__ = ["VERSIONS", "PartSchema", "check_schema", "check_standard", "check_version"]

VERSIONS = ("v3.2.0", "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0")
"""Versions of the standard that are read, newest first."""


_WHOLE = "assay.whole"


class _Whole:
    """The keyword that says of a whole number that it is written as one: to JSON Schema 3.0 is an integer too."""

    def __init__(self, parent: dict[str, Any], value: object, at: list[str | int]) -> None:
        """Take what a keyword is made with; none of it is of use."""

    def validate(self, instance: object) -> None:
        """Raise where it is a whole number with a point or an exponent, which would be read as a float."""
        if isinstance(instance, float) and instance.is_integer():
            raise ValueError(f"is a whole number; write {int(instance)}, not {instance}")


class PartSchema:
    """The JSON Schema of a part of a contract: read to its end once, for as many contracts as there are."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.known = sorted(set(_keys(value)))
        self.validator = jsonschema_rs.Draft201909Validator(_strict(value), offline=True, keywords={_WHOLE: _Whole})


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
    # Without a logicalType every condition of the schema holds at once, and its errors say nothing.
    untyped = list(_untyped(document, document.value.get("schema"), ("schema",)))
    return untyped or check_schema(document, _standard_schema(), document.value, ())


def check_schema(document: Document, schema: PartSchema, value: object, at: Pointer) -> list[Finding]:
    """The findings of a schema on the part of a document at a pointer, each at the line it is about."""
    errors = list(schema.validator.iter_errors(value))
    disturbed = [tuple(error.instance_path) for error in errors if error.kind.name != "unevaluatedProperties"]
    found = [finding for error in errors for finding in _findings(document, error, at, (disturbed, schema))]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.line)


@functools.cache
def _standard_schema() -> PartSchema:
    file = resources.files("open_data_contract_standard").joinpath("schema.json")
    return PartSchema(json.loads(file.read_text(encoding="utf-8")))


def _strict(schema: Any) -> Any:
    """The schema, asking of every integer in it that it is written as one."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(part) for key, part in schema.items()}
    return made | ({_WHOLE: True} if schema.get("type") == "integer" else {})


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _keys(part)


def _untyped(document: Document, objects: Any, at: Pointer) -> Iterator[Finding]:
    """Properties without a logicalType, however deep, in a part that may be of any form."""
    for index, each in enumerate(objects if isinstance(objects, list) else ()):
        if not isinstance(each, dict):
            continue
        if at[-1] == "properties" and "logicalType" not in each:
            near = [key for key in each if key.lower() == "logicaltype"]
            hint = f"; did you mean it by {near[0]!r}?" if near else "; write one, like `logicalType: string`"
            yield document.finding((*at, index), f"property {each.get('name', index)!r} has no logicalType{hint}")
        yield from _untyped(document, each.get("properties"), (*at, index, "properties"))


_Context = tuple[Sequence[Pointer], PartSchema]


def _findings(
    document: Document, error: jsonschema_rs.ValidationError, base: Pointer, context: _Context
) -> Iterator[Finding]:
    path = tuple(error.instance_path)
    at, keyword = (*base, *path), error.kind.name
    if keyword == _WHOLE:
        yield document.finding(at, f"{_name(at)} {error.message}")
        return
    limit = error.kind.value
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        for name in _unknown(path, keyword, limit, context):
            known = context[1].known
            hint = "" if name in known else did_you_mean(name, known)
            yield document.finding((*at, name), f"unknown key {name!r}{hint or '; take it out'}")
    elif keyword == "required":
        yield document.finding(at, f"key {limit!r} is missing{f' in {_name(at)}' if at else ''}; add it")
    elif keyword == "oneOf" and "quality" in at[-2:]:
        yield document.finding(at, f"a quality line has exactly one of {listed(OPERATORS)}")
    else:
        yield document.finding(at, f"{_name(at)} {_problem(error.instance, keyword, limit, context[1].value)}")


def _unknown(path: Pointer, keyword: str, names: list[str], context: _Context) -> list[str]:
    """The keys that are really unknown: one of the standard is also unevaluated when its object has another error."""
    disturbed, schema = context
    is_certain = keyword == "additionalProperties" or not any(place[: len(path)] == path for place in disturbed)
    return [name for name in names if is_certain or name not in schema.known]


def _problem(value: object, keyword: str, limit: Any, schema: Any) -> str:
    match keyword:
        case "type":
            quote = "; put it in quotes" if limit == ["string"] and isinstance(value, int | float) else ""
            return f"must be of type {' or '.join(limit)}{quote}"
        case "enum":
            known = [str(option) for option in limit]
            return f"is {value!r}, not one of {listed(known)}{did_you_mean(str(value), known)}"
        case "pattern":
            return f"is {value!r}; it must be {_title(schema, limit) or f'of the form {limit}'}"
        case "oneOf" | "anyOf":
            return "has none of the forms that the standard allows here"
    return f"must be {LIMITS[keyword].format(limit)}" if keyword in LIMITS else f"breaks {keyword} {limit!r}"


def _title(schema: Any, pattern: str) -> str:
    """What a pattern stands for, if the schema says so."""
    if isinstance(schema, dict) and schema.get("pattern") == pattern:
        return str(schema.get("title", ""))
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return next(filter(None, (_title(part, pattern) for part in parts)), "")


def _name(at: Pointer) -> str:
    return repr(at[-1]) if at and isinstance(at[-1], str) else f"item {at[-1]}" if at else "the file"
