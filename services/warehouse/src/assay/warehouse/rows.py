"""A validated record as a row of the lake: every record becomes one, whatever it holds."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
import orjson
import pyarrow as pa

from assay.contracts import Contract, EnvelopeError, MalformedRecordError, event_ms, lake_columns, open_envelope
from assay.contracts.forms.reader import RecordReader
from assay.lake import arrow_schema
from assay.streaming import headers
from assay.streaming.record import Record

__all__ = ["CREATED", "OURS", "STATING", "RowLayout"]

OURS = (
    ("_topic", "string"),
    ("_partition", "int64"),
    ("_offset", "int64"),
    ("_source", "string"),
    ("_event_id", "string"),
    ("_contract_version", "string"),
    ("_arrival_ms", "int64"),
    ("event_ms", "int64"),
    ("late_ms", "int64"),
    ("_order", "int64"),
    ("_op", "string"),
    ("_rest", "string"),
    ("_attempt", "int64"),
    ("_flow", "string"),
    ("_dead_letter", "string"),
)
"""Columns beside the contract's. `_rest` is JSON of what those cannot hold, null as a rule; the last three say of a
recovered record how it came back, and are null of any other."""

CREATED = "c"
STATING = (CREATED, "u", "r")
"""Operations whose row states the fields of a record; a delete states its key only."""

INT64 = 2**63
INT64_DIGITS = 18
EXACT_FLOAT = 2**53
MAX_DIGITS = 38
EPOCH = datetime.fromtimestamp(0, UTC)
MILLISECOND = timedelta(milliseconds=1)
UNREADABLE = (orjson.JSONDecodeError, EnvelopeError, msgspec.DecodeError, UnicodeDecodeError)
UNFIT = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError)

Default = TypeVar("Default", int, None)
Fields = Mapping[str, object]
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a value holds: the operation, its fields, and what its source says of time and order."""

    op: str | None
    fields: Fields
    ts_ms: int | None = None
    lsn: int | None = None
    unread: str | None = None


class RowLayout:
    """The columns of one version of a contract, and how its records fill them."""

    def __init__(self, contract: Contract) -> None:
        self.version = f"{contract.id}@{contract.version}"
        self._columns = lake_columns(contract)
        self._kinds = dict(self._columns)
        self._nested = [field.name for field in contract.fields if field.type in ("array", "object", "map")]
        self._scales = {name: int(kind.split()[1][:-1]) for name, kind in self._columns if kind.startswith("decimal")}
        self._event_time = contract.event_time
        self._zone = ZoneInfo(contract.timezone)
        self._is_cdc, self._is_json = contract.kind == "cdc", contract.form == "json"
        self._reader = RecordReader(contract)
        self._contract = contract.id

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of the lake table.

        Raises:
            SchemaError: the contract names a column of ours, or two that differ only in case.
        """
        return arrow_schema((*self._columns, *OURS), self._contract)

    def table(self, records: Sequence[Record]) -> pa.Table:
        """Answer one row a record, in order. Costs about 10 µs a record: not for the loop's thread."""
        try:
            return self._table([self._row(record, strict=False) for record in records])
        except UNFIT:
            return self._table([self._row(record, strict=True) for record in records])

    def _table(self, rows: Sequence[Row]) -> pa.Table:
        columns = zip(*rows, strict=True) if rows else ([] for _ in self.schema)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, self.schema, strict=True)]
        return pa.table(arrays, schema=self.schema)

    def _row(self, record: Record, *, strict: bool) -> Row:
        found = {
            name: value.decode(errors="replace") for name, value in record.headers if value is not None and name in READ
        }
        opened = self._opened(record, found.get(headers.CONTRACT))
        fields, rest = opened.fields, opened.unread
        if strict or fields.keys() - self._kinds.keys() or found.get(headers.CONTRACT) != self.version:
            fields, rest = self._split(fields, rest)
        own = f"{record.topic}/{record.partition}/{record.offset}"
        source = found.get(headers.SOURCE, own)
        arrival_ms = _number(found.get(headers.ARRIVED), record.timestamp_ms)
        when_ms = self._event_ms(fields, opened.ts_ms, arrival_ms)
        standing = _number(source.rpartition("/")[2], record.offset)
        lsn = opened.lsn if opened.lsn is not None and opened.lsn < INT64 else standing
        order = _number(found.get(headers.ORDER), lsn)
        values = self._held(fields) if self._nested or self._scales else fields
        return (
            *map(values.get, self._kinds),
            record.topic,
            record.partition,
            record.offset,
            source,
            found.get(headers.EVENT_ID),
            found.get(headers.CONTRACT, "").rpartition("@")[2] or None,
            arrival_ms,
            when_ms,
            arrival_ms - when_ms,
            order,
            opened.op,
            rest,
            _number(found.get(headers.ATTEMPT), None),
            found.get(headers.FLOW) or None,
            found.get(headers.DEAD_LETTER),
        )

    def _opened(self, record: Record, version: str | None) -> _Opened:
        """Open a record or a change, framed or not; one in a binary form that another version wrote is kept as it is."""
        if record.value is None:
            return _Opened("tombstone", {})
        if version != self.version and not self._is_json:
            return _unread(base64.b64encode(record.value))
        try:
            if self._is_cdc:
                return _open_change(self._reader.bare(record.value, record.headers))
            return _Opened(CREATED, self._reader.read(record.value, record.headers))
        except MalformedRecordError:
            return _unread(record.value)

    def _split(self, fields: Fields, rest: str | None) -> tuple[Fields, str | None]:
        """Part what the columns can hold from what they cannot."""
        kept = {
            name: value
            for name, value in fields.items()
            if name in self._kinds and (value is None or name in self._nested or self._fits(name, value))
        }
        left = {name: value for name, value in fields.items() if name not in kept}
        return kept, orjson.dumps(left).decode() if left else rest

    def _fits(self, name: str, value: object) -> bool:
        return (
            _decimal(value, self._scales[name]) is not None if name in self._scales else _fits(self._kinds[name], value)
        )

    def _held(self, fields: Fields) -> Fields:
        """Turn arrays, objects and maps into JSON text, and decimals into numbers.

        Raises:
            OverflowError: a decimal does not fit its column.
        """
        texts = {name: orjson.dumps(fields[name]).decode() for name in self._nested if fields.get(name) is not None}
        decimals = {
            name: _decimal(fields[name], at) for name, at in self._scales.items() if fields.get(name) is not None
        }
        if None in decimals.values():
            raise OverflowError
        return {**fields, **texts, **decimals}

    def _event_ms(self, fields: Fields, ts_ms: int | None, arrival_ms: int) -> int:
        """Answer when it happened: by the contract's field, else by the source's clock, else by its arrival."""
        value = fields.get(self._event_time) if self._event_time else None
        if isinstance(value, str):
            try:
                return self._instant_ms(value)
            except (ValueError, OverflowError):
                value = None
        if type(value) is int and abs(value) <= EXACT_FLOAT:
            return value
        return arrival_ms if ts_ms is None else ts_ms

    def _instant_ms(self, text: str) -> int:
        """Read a timestamp; a date, or one without an offset, is of the contract's time zone."""
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return event_ms(text)  # ten times slower, and knows leap seconds
        return ((when if when.tzinfo else when.replace(tzinfo=self._zone)) - EPOCH) // MILLISECOND


READ = frozenset(
    (
        headers.CONTRACT,
        headers.SOURCE,
        headers.EVENT_ID,
        headers.ARRIVED,
        headers.ORDER,
        headers.ATTEMPT,
        headers.FLOW,
        headers.DEAD_LETTER,
    )
)


def _open_change(value: bytes) -> _Opened:
    """Open an envelope: the row after the change, or the one before a delete."""
    try:
        change = open_envelope(value)
        row = change.before if change.op == "d" else change.after
        fields = orjson.loads(row) if row else {}
    except UNREADABLE:
        return _unread(value)
    return _Opened(change.op, fields, change.ts_ms, change.lsn)


def _unread(value: bytes) -> _Opened:
    """Keep what passed the judge and still cannot be read here."""
    return _Opened(None, {}, unread=value.decode(errors="replace"))


def _fits(kind: str, value: object) -> bool:
    """Say whether a column of that type holds the value exactly."""
    if kind == "int64":
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and not isinstance(value, bool) and -INT64 <= value < INT64  # type: ignore[operator]  # a number
    if kind == "double":
        return isinstance(value, float) or (type(value) is int and abs(value) <= EXACT_FLOAT)
    if kind == "bool":
        return isinstance(value, bool)
    return isinstance(value, str)


def _decimal(value: object, scale: int) -> Decimal | None:
    """Read a decimal that a column of so many places holds exactly."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = Decimal(str(value))
        places = -int(number.as_tuple().exponent)  # no number has a letter here
    except (InvalidOperation, ValueError):
        return None
    return number if places <= scale and number.adjusted() < MAX_DIGITS - scale else None


def _number(text: str | None, default: Default) -> int | Default:
    """Read a number of a header, the default where there is none that a column holds."""
    return int(text) if text and text.isdecimal() and len(text) <= INT64_DIGITS else default
