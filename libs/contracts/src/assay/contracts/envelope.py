"""Debezium's envelope: which change it is, and the exact bytes of the row before and after.

Shape: https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from assay.contracts.errors import EnvelopeError

__all__ = ["Change", "open_envelope"]

Op = Literal["c", "u", "r", "d", "t", "schema", "tombstone"]
_OPS: dict[bytes, Op] = {b'"c"': "c", b'"u"': "u", b'"r"': "r", b'"d"': "d", b'"t"': "t"}
_NONE = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one row: `op` c, u, r (snapshot read) or d; t is a truncate, schema a change of the table.

    `before` and `after` are slices of the event, None when absent or null; `ts_ms` and `lsn` are the source's.
    """

    op: Op
    before: bytes | None = None
    after: bytes | None = None
    ts_ms: int | None = None
    lsn: int | None = None


def open_envelope(value: bytes) -> Change:
    """Read a change event, bare or as `{"schema": …, "payload": …}`; a null payload is a tombstone.

    Raises:
        EnvelopeError: the event is JSON, but no change that Debezium would write.
        msgspec.DecodeError: it is not JSON, or not an object (its subclass ValidationError).
        UnicodeDecodeError: it is not UTF-8.
    """
    value.decode()  # what the decoder skips, it does not check
    outer = _ENVELOPE.decode(value)
    if not outer.payload or outer.op:
        return _change(outer)
    payload = _row(outer.payload, "/payload")
    return Change("tombstone") if payload is None else _change(_ENVELOPE.decode(payload))


class _Envelope(msgspec.Struct, frozen=True):
    op: msgspec.Raw = _NONE
    before: msgspec.Raw = _NONE
    after: msgspec.Raw = _NONE
    source: msgspec.Raw = _NONE
    payload: msgspec.Raw = _NONE
    ddl: msgspec.Raw = _NONE
    tableChanges: msgspec.Raw = _NONE  # noqa: N815 -- the name on the wire


class _Position(msgspec.Struct, frozen=True):
    ts_ms: int | None = None
    lsn: int | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_POSITION = msgspec.json.Decoder(_Position)


def _change(event: _Envelope) -> Change:
    if not event.op and (event.ddl or event.tableChanges):
        return Change("schema")
    op = _OPS.get(bytes(event.op))
    if op is None:
        raise EnvelopeError("/op", "one of c, u, r, d, t", "another value" if event.op else "absent")
    before, after = _row(event.before, "/before"), _row(event.after, "/after")
    if op != "t" and (before if op == "d" else after) is None:
        raise EnvelopeError("/before" if op == "d" else "/after", f"the row of a change with op {op}", "null or absent")
    position = _position(event.source)
    return Change(op, before, after, position.ts_ms, position.lsn)


def _row(part: msgspec.Raw, path: str) -> bytes | None:
    row = bytes(part)
    if row in (b"", b"null"):
        return None
    if not row.startswith(b"{"):
        raise EnvelopeError(path, "an object or null", "something else")
    return row


def _position(source: msgspec.Raw) -> _Position:
    try:
        return _POSITION.decode(_row(source, "/source") or b"{}")
    except msgspec.ValidationError as error:
        raise EnvelopeError("/source", "an object with integers ts_ms and lsn", "something else") from error
