"""The engine of JSON Schema that has the last word on a value, and its errors as violations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jsonschema_rs

from assay.contracts.explain import explain
from assay.contracts.own_formats import checks_of
from assay.contracts.verdict import ACCEPTED, Reason, Verdict

__all__ = ["checked", "validator"]

_MANY_VALUES = 1000
"""Explaining 200,000 wrong items took 10 s; a record with more commas than this gets its first violation only."""


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """An engine over the schema that reads no network and whose patterns take linear time."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        formats=checks_of(schema),
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def checked(schema: jsonschema_rs.Validator, value: Any, text: bytes) -> Verdict:
    """The verdict on a value, which was read from that text."""
    if schema.is_valid(value):
        return ACCEPTED
    violations = explain(_errors(schema, value, text), value)
    if not violations:
        raise AssertionError("the engine refuses a record and cannot say why")
    return Verdict(Reason.SCHEMA, tuple(violations))


def _errors(schema: jsonschema_rs.Validator, value: Any, text: bytes) -> Iterable[jsonschema_rs.ValidationError]:
    """What is wrong; only the first of it in a record of very many values, each of which may be wrong."""
    if text.count(b",") <= _MANY_VALUES:
        return schema.iter_errors(value)
    try:
        schema.validate(value)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []
