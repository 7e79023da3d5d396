"""When a record happened: the field that a contract names for it, as milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from assay.contracts.formats import event_ms
from assay.contracts.model import Contract
from assay.contracts.moments import Moment, moment_of

__all__ = ["EventTime", "event_time"]

EventTime = Callable[[object], int | None]
"""Milliseconds since 1970 of a value of the field; None if it cannot be read."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def event_time(contract: Contract) -> EventTime | None:
    """How the event time of a contract's records is read; what has no offset is of the contract's time zone."""
    field = next((field for field in contract.fields if field.name == contract.event_time), None)
    if field is None:
        return None
    zone, own = ZoneInfo(contract.timezone), moment_of(field)
    return _spelled(own, zone) if own is not None and own.form else _plain(zone)


def _plain(zone: ZoneInfo) -> EventTime:
    parse, epoch, unit = datetime.fromisoformat, _EPOCH, _MS

    def read(value: object) -> int | None:
        if not isinstance(value, str):
            return None
        try:
            when = parse(value)
            return ((when if when.tzinfo else when.replace(tzinfo=zone)) - epoch) // unit
        except (OverflowError, ValueError):
            return _unusual(value)

    return read


def _unusual(text: str) -> int | None:
    """A leap second or the year 0, which Python's calendar does not have."""
    try:
        return event_ms(text)
    except ValueError:
        return None


def _spelled(own: Moment, zone: ZoneInfo) -> EventTime:
    has_offset = own.kind in ("timestamp", "offset time")

    def read(value: object) -> int | None:
        found = own.read(value) if isinstance(value, str) else None
        if found is None or has_offset:
            return None if found is None else found // 1_000_000
        try:
            return ((_EPOCH + timedelta(milliseconds=found // 1_000_000)).replace(tzinfo=zone) - _EPOCH) // _MS
        except OverflowError:
            return found // 1_000_000

    return read
