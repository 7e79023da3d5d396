"""The judge of JSON records: what a contract says of one record, from its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jsonschema_rs
import msgspec
import orjson

from assay.contracts.envelope import open_envelope
from assay.contracts.errors import EnvelopeError
from assay.contracts.explain import absent, explain, shape
from assay.contracts.formats import is_local_date_time
from assay.contracts.model import Contract
from assay.contracts.rules import RuleSet
from assay.contracts.schema import json_schema, key_schema
from assay.contracts.verdict import ACCEPTED, MAX_VIOLATIONS, Reason, Verdict, Violation

__all__ = ["MAX_DEPTH", "Judge", "validator"]

MAX_DEPTH = 64
"""Objects and arrays within one another that a record may have."""

_MANY_VALUES = 1000
"""Explaining 200,000 wrong items took 10 s; a record with more commas than this gets its first violation only."""

_UNAVAILABLE = (
    "__debezium_unavailable_value",
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",  # the same in base64, for a column of bytes
    ["__debezium_unavailable_value"],
)
"""What Debezium writes for a large value that the database did not log because it did not change."""

_UNAVAILABLE_MARKS = (b"__debezium_unavailable_value", b"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """An engine over the schema that reads no network and whose patterns take linear time."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        formats={"local-date-time": is_local_date_time},
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


class Judge:
    """Judges the records of one contract, bare (`direct`) or in a Debezium envelope (`cdc`).

    The checks come in the order too_large, malformed, envelope, schema, rule, and the first that fails is the reason.
    Of a change with op c, u or r the row after it is judged; of a delete, the key of the row before it.
    """

    def __init__(self, contract: Contract) -> None:
        schema = json_schema(contract)
        self._limit = contract.max_record_bytes
        self._is_cdc = contract.kind == "cdc"
        self._names = {field.name for field in contract.fields}
        self._required = frozenset(schema["required"])
        self._schema = validator(schema)
        self._partial = validator(schema | {"required": []})
        self._key = validator(key_schema(contract))
        self._rules = RuleSet(contract.rules, [field.name for field in contract.fields])

    def judge(self, value: bytes | None) -> Verdict:
        """The verdict on one record; None is a tombstone. Never raises: an engine that fails is a reason of its own."""
        try:
            return self._judge(value)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 -- a panic of an engine is no Exception; no input stops a stream
            return _reject(Reason.ENGINE, Violation("", "engine", "a verdict", type(error).__name__))

    def _judge(self, value: bytes | None) -> Verdict:
        if value is None:
            return ACCEPTED if self._is_cdc else _malformed("nothing")
        if len(value) > self._limit:
            expected, found = f"at most {self._limit} bytes", f"{len(value)} bytes"
            return _reject(Reason.TOO_LARGE, Violation("", "maxRecordBytes", expected, found))
        return self._judge_change(value) if self._is_cdc else self._judge_row(value)

    def _judge_change(self, value: bytes) -> Verdict:
        if _may_be_deep(value) and isinstance(whole := _decoded(value), Verdict):
            return whole
        try:
            change = open_envelope(value)
        except EnvelopeError as error:
            return _reject(Reason.ENVELOPE, Violation(error.path, "envelope", error.expected, error.found))
        except (msgspec.DecodeError, UnicodeDecodeError):
            whole = _decoded(value)
            return whole if isinstance(whole, Verdict) else _malformed("no JSON")
        if change.op == "d" and change.before is not None:
            return self._judge_key(change.before)
        return ACCEPTED if change.after is None else self._judge_row(change.after)

    def _judge_key(self, value: bytes) -> Verdict:
        record = _decoded(value)
        return record if isinstance(record, Verdict) else _checked(self._key, record, value)

    def _judge_row(self, value: bytes) -> Verdict:
        record = _decoded(value)
        if isinstance(record, Verdict):
            return record
        unavailable = self._take_unavailable(value, record)
        verdict = _checked(self._partial if unavailable else self._schema, record, value)
        if not verdict.accepted:
            return verdict
        if unavailable and (missing := sorted(self._required - unavailable - record.keys())):
            return Verdict(Reason.SCHEMA, tuple(absent([name]) for name in missing[:MAX_VIOLATIONS]))
        broken = self._rules.broken(record, unavailable)
        return Verdict(Reason.RULE, tuple(broken[:MAX_VIOLATIONS])) if broken else ACCEPTED

    def _take_unavailable(self, value: bytes, record: dict[str, Any]) -> frozenset[str]:
        """Take the values that the source did not send out of a row, and return the names of their fields."""
        if not self._is_cdc or not any(mark in value for mark in _UNAVAILABLE_MARKS):
            return frozenset()
        names = frozenset(name for name in self._names & record.keys() if record[name] in _UNAVAILABLE)
        for name in names:
            del record[name]
        return names


def _checked(schema: jsonschema_rs.Draft202012Validator, record: dict[str, Any], value: bytes) -> Verdict:
    if schema.is_valid(record):
        return ACCEPTED
    violations = explain(_errors(schema, record, value), record)
    if not violations:
        raise AssertionError("the engine refuses a record and cannot say why")
    return Verdict(Reason.SCHEMA, tuple(violations))


def _errors(
    schema: jsonschema_rs.Draft202012Validator, record: dict[str, Any], value: bytes
) -> Iterable[jsonschema_rs.ValidationError]:
    """What is wrong; only the first of it in a record of very many values, each of which may be wrong."""
    if value.count(b",") <= _MANY_VALUES:
        return schema.iter_errors(record)
    try:
        schema.validate(record)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


def _decoded(value: bytes) -> dict[str, Any] | Verdict:
    try:
        record = orjson.loads(value)
    except orjson.JSONDecodeError:
        return _malformed("no JSON")
    if type(record) is not dict:
        return _malformed(shape(record))
    if _may_be_deep(value) and _depth(record) > MAX_DEPTH:
        return _malformed(f"more than {MAX_DEPTH} levels")
    return record


def _may_be_deep(value: bytes) -> bool:
    return value.count(b"{") + value.count(b"[") > MAX_DEPTH


def _depth(record: object) -> int:
    """How deep a value nests, counted no further than the limit needs."""
    level, depth = [record], 0
    while level and depth <= MAX_DEPTH:
        parts = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list))
        level = [child for part in parts for child in part]
        depth += bool(level)
    return depth


def _malformed(found: str) -> Verdict:
    return _reject(Reason.MALFORMED, Violation("", "json", "a JSON object", found))


def _reject(reason: Reason, violation: Violation) -> Verdict:
    return Verdict(reason, (violation,))
