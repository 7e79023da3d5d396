"""Records in JSON: read from their bytes, held to the contract's schema, explained by `jsonschema-rs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import msgspec
import orjson

from assay.contracts.engine import checked, validator
from assay.contracts.envelope import Change, open_envelope
from assay.contracts.errors import MalformedRecordError
from assay.contracts.explain import absent
from assay.contracts.forms import Engine
from assay.contracts.forms.fast import accepted, fastest
from assay.contracts.json_text import may_be_deep, no_json, read_object
from assay.contracts.model import Contract
from assay.contracts.redaction import hidden_keys
from assay.contracts.schema import MAX_ITEMS, json_schema, key_schema
from assay.contracts.verdict import MAX_VIOLATIONS, Reason, Verdict, Violation

__all__ = ["UNAVAILABLE", "JsonForm", "malformed"]

UNAVAILABLE = (
    "__debezium_unavailable_value",
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",  # the same in base64, for a column of bytes
    ["__debezium_unavailable_value"],
)
"""What Debezium writes for a large value that the database did not log because it did not change."""

_UNAVAILABLE_MARKS = (b"__debezium_unavailable_value", b"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")


_MANY = Violation("", "maxProperties", f"at most {MAX_ITEMS} properties", "more")
"""An engine explains a million unknown names one by one, in seconds."""


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
        self._hide = hidden_keys(contract.fields)
        lens = TypedDict("lens", dict.fromkeys(looked_at, Any), total=False)  # type: ignore[misc]  # made at run time
        self._engine = fastest(orjson.dumps(schema))
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
            raise MalformedRecordError(no_json(value)) from None

    def accepts(self, rows: Sequence[bytes]) -> list[bool]:
        return accepted(self._engine.accept, rows)

    def explain(self, row: bytes, *, is_key: bool = False) -> Verdict:
        verdict = self._explained(row, is_key=is_key)
        if verdict.accepted or self._hide is None:
            return verdict
        return Verdict(verdict.reason, tuple(map(self._hide, verdict.violations)))

    def _explained(self, row: bytes, *, is_key: bool) -> Verdict:
        try:
            record = self.record(row)
        except MalformedRecordError as error:
            return malformed(error.found)
        if len(record) > MAX_ITEMS:
            return Verdict(Reason.SCHEMA, (_MANY,))
        if is_key:
            return checked(self._key, record, row)
        unavailable = self._take_unavailable(row, record)
        verdict = checked(self._partial if unavailable else self._schema, record, row)
        if verdict.accepted and unavailable and (missing := sorted(self._required - unavailable - record.keys())):
            return Verdict(Reason.SCHEMA, tuple(absent([name]) for name in missing[:MAX_VIOLATIONS]))
        return verdict

    def look(self, rows: Sequence[bytes]) -> list[dict[str, Any]]:
        decode = self._lens.decode
        return [decode(row) for row in rows]  # type: ignore[misc]  # a TypedDict is a dict

    def record(self, row: bytes) -> dict[str, Any]:
        return read_object(row)

    def _take_unavailable(self, row: bytes, record: dict[str, Any]) -> frozenset[str]:
        """Take the values that the source did not send out of a row, and return the names of their fields."""
        if not self._is_cdc or not any(mark in row for mark in _UNAVAILABLE_MARKS):
            return frozenset()
        names = frozenset(name for name in self._names & record.keys() if record[name] in UNAVAILABLE)
        for name in names:
            del record[name]
        return names


def malformed(found: str) -> Verdict:
    """The verdict on what is no JSON object."""
    return Verdict(Reason.MALFORMED, (Violation("", "json", "a JSON object", found),))
