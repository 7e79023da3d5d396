"""Records in a binary form: read into what they mean as JSON, and held to the contract as JSON is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from assay.contracts.engine import validator
from assay.contracts.envelope import Change
from assay.contracts.errors import MalformedRecordError
from assay.contracts.forms.columns import Columns, Rows
from assay.contracts.forms.json import JsonForm
from assay.contracts.model import Contract
from assay.contracts.schema import json_schema
from assay.contracts.verdict import Reason, Verdict, Violation

__all__ = ["BinaryForm", "OneByOne"]

Read = Callable[[bytes], dict[str, Any]]


class BinaryForm:
    """The rows of one contract in a form that `read` makes JSON of; it raises `MalformedRecordError`, and nothing else.

    The judge of JSON has the last word on what a row means, so that the same record has the same verdict in each form.
    """

    def __init__(
        self, name: str, contract: Contract, looked_at: Iterable[str], read: Read, columns: Columns | None
    ) -> None:
        self.record = read
        self._name = name
        self._json = JsonForm(contract)
        self._looked_at = tuple(looked_at)
        self._columns = columns or OneByOne(contract, read)
        self._last: tuple[dict[bytes, int], Rows | None] = {}, None

    def open(self, value: bytes) -> Change:
        raise MalformedRecordError(f"{len(value)} bytes of a change event in {self._name}, which no contract has")

    def accepts(self, rows: Sequence[bytes]) -> list[bool]:
        accepted, found = self._columns.screen(rows)
        self._last = {row: place for place, row in enumerate(rows) if accepted[place]}, found
        return accepted

    def explain(self, row: bytes, *, is_key: bool = False) -> Verdict:
        try:
            record = self.record(row)
        except MalformedRecordError as error:
            expected = f"a record in {self._name}"
            return Verdict(Reason.MALFORMED, (Violation("", self._name, expected, error.found),))
        return self._json.explain(orjson.dumps(record), is_key=is_key)

    def look(self, rows: Sequence[bytes]) -> list[dict[str, Any]]:
        known, found = self._last
        places = [known.get(row, -1) for row in rows]
        if found is None or -1 in places:
            return [self.record(row) for row in rows]
        return found.look(self._looked_at, places)


class OneByOne:
    """Reads one row after another, where there is nothing faster."""

    def __init__(self, contract: Contract, read: Read) -> None:
        self._schema = validator(json_schema(contract))
        self._read = read

    def screen(self, rows: Sequence[bytes]) -> tuple[list[bool], Rows]:
        records = [self._record(row) for row in rows]
        return [record is not None and self._schema.is_valid(record) for record in records], _Records(records)

    def _record(self, row: bytes) -> dict[str, Any] | None:
        try:
            return self._read(row)
        except MalformedRecordError:
            return None


class _Records:
    def __init__(self, records: list[dict[str, Any] | None]) -> None:
        self._records = records

    def look(self, names: Sequence[str], places: Sequence[int]) -> list[dict[str, Any]]:
        found = [self._records[place] or {} for place in places]
        return [{name: record.get(name) for name in names} for record in found]
