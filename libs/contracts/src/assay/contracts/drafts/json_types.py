"""A value of JSON Schema that is neither object nor list, in the words of a contract."""

from __future__ import annotations

import re
from typing import Any

from assay.contracts.drafts.draft import DraftField
from assay.contracts.formats import BASE64, DATE, DATE_TIME, LOCAL_TIME, TIME
from assay.contracts.moments import KINDS
from assay.contracts.own_formats import RULES, said_of
from assay.contracts.schema import F32_LIMIT, INTEGER_BOUNDS, STRING_FORMATS

__all__ = ["kinds_of", "typed"]

Schema = dict[str, Any]

_DECIMAL = re.compile(r"\^-\?(?:0|\(0\|\[1-9\]\[0-9\]\{0,(\d+)\}\))(?:\(\\\.\[0-9\]\{1,(\d+)\}\)\?)?\$")
_MOMENTS: dict[str, Schema] = {
    "date": {"logicalType": "date"},
    "date-time": {"logicalType": "timestamp"},
    "local-date-time": {"logicalType": "timestamp", "logicalTypeOptions": {"timezone": False}},
    "time": {"logicalType": "time", "logicalTypeOptions": {"timezone": True}},
}
_BY_KIND = {
    "date": _MOMENTS["date"],
    "timestamp": _MOMENTS["date-time"],
    "local timestamp": _MOMENTS["local-date-time"],
    "time": {"logicalType": "time"},
    "offset time": _MOMENTS["time"],
}
_SIZES = ("minLength", "maxLength")


def kinds_of(schema: Schema) -> list[str]:
    """The types that a schema allows: those it names, else those of the values it lists."""
    said = schema.get("type")
    if isinstance(said, str):
        return [said]
    if isinstance(said, list):
        return [str(each) for each in said]
    if "properties" in schema:
        return ["object"]
    values = schema["enum"] if isinstance(schema.get("enum"), list) else [schema["const"]] if "const" in schema else []
    return list(dict.fromkeys(_KINDS.get(type(each), "object") for each in values))


_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null", list: "array"}


def typed(schema: Schema, kinds: list[str]) -> DraftField | None:
    """The value, with every keyword that was taken over taken out of the schema; None where it is another kind."""
    values = _values(schema)
    made = _decimal(schema, kinds)
    if made is None and len(kinds) == 1:
        schema.pop("type", None)
        match kinds[0]:
            case "string":
                made = _string(schema)
            case "integer":
                made = _whole(schema)
            case "number":
                made = _number(schema)
            case "boolean":
                made = {"logicalType": "boolean"}
    if made is None:
        return None
    if values:
        made["enum"] = [{"value": each} for each in values]
    return DraftField(made)


def _values(schema: Schema) -> list[Any]:
    """The values that are listed, null left to what is required."""
    listed = schema.get("enum")
    if isinstance(listed, list) and not any(isinstance(each, dict | list) for each in listed):
        del schema["enum"]
    elif "const" in schema and not isinstance(schema["const"], dict | list):
        listed = [schema.pop("const")]
    else:
        return []
    return [each for each in listed if each is not None]


def _decimal(schema: Schema, kinds: list[str]) -> Schema | None:
    """A decimal as the schema of a contract has it: text of a certain look, maybe also a number."""
    found = _DECIMAL.fullmatch(str(schema.get("pattern", "")))
    if found is None or "string" not in kinds or not set(kinds) <= {"string", "integer", "number"}:
        return None
    scale = int(found[2] or 0)
    precision = int(found[1]) + 1 + scale if found[1] is not None else scale
    for name in ("type", "pattern", *RULES):
        schema.pop(name, None)
    parts = schema.pop("allOf", [])
    options = {rule: _limit(text) for rule, text in _bounds(parts)}
    of = "number" if scale or "number" in kinds else "integer"
    return {"logicalType": of, "physicalType": f"DECIMAL({precision},{scale})"} | _said(options)


def _limit(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _bounds(parts: Any) -> list[tuple[str, str]]:
    """The bounds of our own that a list of schemas asks for."""
    found = (said_of(str(part.get("format", ""))) for part in parts if isinstance(part, dict))
    return [each for each in found if each and each[0] in RULES]


def _string(schema: Schema) -> Schema:
    form, pattern = str(schema.get("format", "")), schema.get("pattern")
    if made := _moment(schema, form, pattern):
        return made
    options = {name: schema.pop(name) for name in _SIZES if name in schema}
    if pattern == BASE64 or schema.get("contentEncoding") == "base64":
        schema.pop("contentEncoding", None)
        options["format"] = "byte"
        pattern = None if pattern == BASE64 else pattern
    elif schema.get("allOf") == [{"pattern": BASE64}]:
        options["format"] = "byte"
        del schema["allOf"]
    elif form in STRING_FORMATS:
        options["format"] = schema.pop("format")
    schema.pop("pattern", None)
    if isinstance(pattern, str):
        options["pattern"] = pattern
    return {"logicalType": "string"} | _said(options)


def _moment(schema: Schema, form: str, pattern: Any) -> Schema | None:
    """A date, a time or a timestamp; a pattern that says more than its digits stays to be noted."""
    kind, _, spelled = form.partition(" as ")
    if pattern == LOCAL_TIME and not form:
        made: Schema = _BY_KIND["time"]
    elif form in _MOMENTS:
        made = _MOMENTS[form]
    elif spelled and kind in KINDS:
        made = _with(_BY_KIND[kind], {"format": spelled})
    else:
        return None
    schema.pop("format", None)
    if pattern in (LOCAL_TIME, DATE, DATE_TIME, TIME):
        schema.pop("pattern", None)
    parts = schema.get("allOf")
    limits = dict(_bounds(parts or []))
    if isinstance(parts, list) and len(limits) == len(parts):
        del schema["allOf"]
        made = _with(made, limits)
    return _with(made, {})


def _with(made: Schema, options: Schema) -> Schema:
    joined = {**made.get("logicalTypeOptions", {}), **options}
    return {**made} | _said(joined)


def _whole(schema: Schema) -> Schema:
    options = _taken_bounds(schema)
    low, high = options.get("minimum"), options.get("maximum")
    for name, (least, most) in INTEGER_BOUNDS.items():
        if high == most and low is not None and low >= least:
            del options["maximum"]
            if low == least:
                del options["minimum"]
            if name != "i64":
                options["format"] = name
            break
    return {"logicalType": "integer"} | _said(options)


def _number(schema: Schema) -> Schema:
    options = _taken_bounds(schema)
    limits = {"exclusiveMinimum": -F32_LIMIT, "exclusiveMaximum": F32_LIMIT}
    if any(options.get(name) == limit for name, limit in limits.items()):
        options = {name: limit for name, limit in options.items() if limits.get(name) != limit}
        options["format"] = "f32"
    return {"logicalType": "number"} | _said(options)


def _taken_bounds(schema: Schema) -> Schema:
    """The bounds of a number; in draft 4 a bound says beside itself whether it is excluded."""
    for side in ("Minimum", "Maximum"):
        is_exclusive = schema.get(f"exclusive{side}")
        if isinstance(is_exclusive, bool):
            del schema[f"exclusive{side}"]
            if is_exclusive and side.lower() in schema:
                schema[f"exclusive{side}"] = schema.pop(side.lower())
    return {name: schema.pop(name) for name in RULES if isinstance(schema.get(name), int | float)}


def _said(options: Schema) -> Schema:
    return {"logicalTypeOptions": options} if options else {}
