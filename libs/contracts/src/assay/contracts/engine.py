"""The engine of JSON Schema that has the last word on a value, and its errors as violations."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from assay.contracts.explain import explain
from assay.contracts.own_formats import checks_of
from assay.contracts.patterns import for_engine
from assay.contracts.verdict import ACCEPTED, Reason, Verdict, Violation

__all__ = ["checked", "validator"]

_MANY_VALUES = 1000
"""Explaining 200,000 wrong items took 10 s; a record with more commas than this gets its first violation only."""


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """An engine over the schema that reads no network and whose patterns take linear time."""
    return jsonschema_rs.Draft202012Validator(
        for_engine(schema),
        formats=checks_of(schema),
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def checked(schema: jsonschema_rs.Validator, value: Any, text: bytes) -> Verdict:
    """The verdict on a value, which was read from that text; of very many values only the first wrong one is told."""
    if text.count(b",") > _MANY_VALUES:
        return _first(schema, value)
    if schema.is_valid(value):
        return ACCEPTED
    return _refused(explain(schema.iter_errors(value), value))


def _first(schema: jsonschema_rs.Validator, value: Any) -> Verdict:
    try:
        schema.validate(value)
    except jsonschema_rs.ValidationError as error:
        return _refused(explain([error], value))
    return ACCEPTED


def _refused(violations: list[Violation]) -> Verdict:
    if not violations:
        raise AssertionError("the engine refuses a value and cannot say why")
    return Verdict(Reason.SCHEMA, tuple(violations))
