"""Alarms to the wire, as measurements on assay.breaches, and back. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import replace

from google.protobuf.message import DecodeError

from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.recovery.alarms.alarm import Alarm, Kind, Saying

__all__ = ["measurement", "recalled"]

MAX_TEXT = 2_000


def measurement(alarm: Alarm, saying: Saying, version: str, now_ms: int) -> bytes:
    """Return what is published of an alarm that fires or is over; `version` is the contract's in force."""
    end_ms = max(now_ms, alarm.since_ms + 1)
    return pb.Measurement(
        fingerprint=alarm.name,
        contract=alarm.contract,
        contract_version=version,
        promise=str(alarm.kind),
        promised=saying.promised[:MAX_TEXT],
        measured=saying.measured[:MAX_TEXT],
        value=saying.value,
        window=f"{_moment(alarm.since_ms)} to {_moment(end_ms)}",
        window_start_ms=alarm.since_ms,
        window_end_ms=end_ms,
        state=pb.BREACH_STATE_FIRING if alarm.is_firing else pb.BREACH_STATE_RESOLVED,
        kept=not alarm.is_firing,
        kind=pb.MEASUREMENT_KIND_INVALID_RECORDS,
        path=saying.path[:MAX_TEXT],
        cause=saying.cause[:MAX_TEXT],
        first_steps=[step[:MAX_TEXT] for step in saying.first_steps],
    ).SerializeToString()


def recalled(values: Iterable[bytes], before: Mapping[str, Alarm] | None = None) -> dict[str, Alarm]:
    """Return the alarms that were told, from those before and what was published since, oldest first; by name.

    Which failures were told with another alarm is not published: the rules find it again.
    """
    found = dict(before or {})
    for value in values:
        if alarm := _recalled(value):
            found[alarm.name] = _after(found.get(alarm.name), alarm)
    return found


def _recalled(value: bytes) -> Alarm | None:
    try:
        message = pb.Measurement.FromString(value)
    except DecodeError:
        return None
    kind, _, rest = message.fingerprint.partition("/")
    if message.kind != pb.MEASUREMENT_KIND_INVALID_RECORDS or kind not in tuple(Kind):
        return None
    is_firing = message.state == pb.BREACH_STATE_FIRING
    producer = rest.removeprefix(f"{message.contract}/") if kind == Kind.PRODUCER else ""
    return Alarm(
        message.fingerprint,
        Kind(kind),
        message.contract,
        producer,
        is_firing=is_firing,
        since_ms=message.window_start_ms,
        told_ms=message.window_end_ms if is_firing else 0,
        over_ms=0 if is_firing else message.window_end_ms,
        dead_letters=int(message.value),
    )


def _after(before: Alarm | None, alarm: Alarm) -> Alarm:
    """An alarm as the newest measurement leaves it; a repeat of an older one changes nothing."""
    if before is None:
        return alarm
    if (alarm.since_ms, not alarm.is_firing) <= (before.since_ms, not before.is_firing):
        return before
    return replace(alarm, told_ms=alarm.told_ms or before.told_ms)


def _moment(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
