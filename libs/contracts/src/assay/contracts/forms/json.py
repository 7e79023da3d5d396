"""Records in JSON: read from their bytes, held to the contract's schema, explained by `jsonschema-rs`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypedDict

import jsonschema_rs
import msgspec
import orjson

from assay.contracts.engine import validator
from assay.contracts.envelope import Change, open_envelope
from assay.contracts.errors import MalformedRecordError
from assay.contracts.explain import absent, explain, shape
from assay.contracts.forms import Engine
from assay.contracts.forms.fast import MAX_DEPTH, accepted, fastest, may_be_deep
from assay.contracts.model import Contract
from assay.contracts.schema import json_schema, key_schema
from assay.contracts.verdict import ACCEPTED, MAX_VIOLATIONS, Reason, Verdict, Violation

__all__ = ["UNAVAILABLE", "JsonForm", "malformed"]

UNAVAILABLE = (
    "__debezium_unavailable_value",
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",  # the same in base64, for a column of bytes
    ["__debezium_unavailable_value"],
)
"""What Debezium writes for a large value that the database did not log because it did not change."""

_UNAVAILABLE_MARKS = (b"__debezium_unavailable_value", b"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")

_MANY_VALUES = 1000
"""Explaining 200,000 wrong items took 10 s; a record with more commas than this gets its first violation only."""


class JsonForm:
    """The rows of one contract in JSON. Of two equal names in an object, the last counts.

    `jsonschema-rs` is the authority, and screens too where no faster engine may.
    """

    def __init__(self, contract: Contract, looked_at: Iterable[str] = ()) -> None:
        schema = json_schema(contract)
        self._is_cdc = contract.kind == "cdc"
        self._names = {field.name for field in contract.fields}
        self._required = frozenset(schema["required"])
        self._schema = validator(schema)
        self._partial = validator(schema | {"required": []})
        self._key = validator(key_schema(contract))
        lens = TypedDict("lens", dict.fromkeys(looked_at, Any), total=False)  # type: ignore[misc]  # made at run time
        self._engine = _engine(orjson.dumps(schema))
        self._lens = msgspec.json.Decoder(lens)

    @property
    def engine(self) -> Engine:
        """The engine behind `accepts`."""
        return self._engine

    def open(self, value: bytes) -> Change:
        if may_be_deep(value):
            self.record(value)
        try:
            return open_envelope(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.record(value)
            raise MalformedRecordError("no JSON") from None

    def accepts(self, rows: Sequence[bytes]) -> list[bool]:
        return accepted(self._engine.accept, rows)

    def explain(self, row: bytes, *, is_key: bool = False) -> Verdict:
        try:
            record = self.record(row)
        except MalformedRecordError as error:
            return malformed(error.found)
        if is_key:
            return _checked(self._key, record, row)
        unavailable = self._take_unavailable(row, record)
        verdict = _checked(self._partial if unavailable else self._schema, record, row)
        if verdict.accepted and unavailable and (missing := sorted(self._required - unavailable - record.keys())):
            return Verdict(Reason.SCHEMA, tuple(absent([name]) for name in missing[:MAX_VIOLATIONS]))
        return verdict

    def look(self, rows: Sequence[bytes]) -> list[dict[str, Any]]:
        decode = self._lens.decode
        return [decode(row) for row in rows]  # type: ignore[misc]  # a TypedDict is a dict

    def record(self, row: bytes) -> dict[str, Any]:
        return _decoded(row)

    def _take_unavailable(self, row: bytes, record: dict[str, Any]) -> frozenset[str]:
        """Take the values that the source did not send out of a row, and return the names of their fields."""
        if not self._is_cdc or not any(mark in row for mark in _UNAVAILABLE_MARKS):
            return frozenset()
        names = frozenset(name for name in self._names & record.keys() if record[name] in UNAVAILABLE)
        for name in names:
            del record[name]
        return names


@functools.lru_cache(maxsize=64)
def _engine(schema: bytes) -> Engine:
    """The engine that screens; a trial takes some 20 ms, and the same schema needs one only."""
    value = orjson.loads(schema)
    is_valid: Callable[[object], bool] = validator(value).is_valid
    return fastest(value, Engine("jsonschema-rs", lambda row: is_valid(_decoded(row))))


def malformed(found: str) -> Verdict:
    """The verdict on what is no JSON object."""
    return Verdict(Reason.MALFORMED, (Violation("", "json", "a JSON object", found),))


def _decoded(row: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(row)
    except orjson.JSONDecodeError:
        raise MalformedRecordError("no JSON") from None
    if type(record) is not dict:
        raise MalformedRecordError(shape(record))
    if may_be_deep(row) and _depth(record) > MAX_DEPTH:
        raise MalformedRecordError(f"more than {MAX_DEPTH} levels")
    return record


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


def _depth(record: object) -> int:
    """How deep a value nests, counted no further than the limit needs."""
    level, depth = [record], 0
    while level and depth <= MAX_DEPTH:
        parts = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list))
        level = [child for part in parts for child in part]
        depth += bool(level)
    return depth
