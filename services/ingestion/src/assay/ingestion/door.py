"""Which events may enter, and as what record: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.contracts import Contract, Reason
from assay.streaming.headers import EVENT_ID, PRODUCER, TRACEPARENT, VERSION
from assay.streaming.record import Outgoing
from assay.telemetry.trace import MAX_LINKS, is_sampled, is_traceparent

__all__ = ["Deferral", "Door", "Rejection", "admit", "sampled_parents"]

KEY_LIMIT_BYTES = 32 * 1024
EVENT_ID_LIMIT = 128
VERSION_LIMIT = 64
PRODUCER_LIMIT = 128


@dataclass(frozen=True, slots=True)
class Door:
    """Where the events of a contract enter; `paused` says why they may not for now."""

    contract: str
    topic: str | None
    limit_bytes: int
    paused: str = ""

    @classmethod
    def of(cls, contract: Contract, paused: str = "") -> Door:
        """Return the door of a contract."""
        return cls(contract.id, contract.topics.raw_app, contract.max_record_bytes, paused)


@dataclass(frozen=True, slots=True)
class Rejection:
    """The event may not enter, now or later."""

    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Deferral:
    """The event may not enter for now."""

    message: str


def admit(
    event: pb.Event, doors: Mapping[str, Door], now_ms: int, producer: str = ""
) -> Outgoing | Rejection | Deferral:
    """Return the record that an event becomes, or why it becomes none.

    What the value says is not looked at: that is for validation to judge, and to keep where it is wrong.
    """
    door = doors.get(event.contract)
    if door is None or door.topic is None:
        return Rejection(Reason.UNKNOWN_CONTRACT, _why_unknown(event.contract, door))
    if refusal := _refuse(event, door):
        return refusal
    if door.paused:
        return Deferral(door.paused)
    return Outgoing(door.topic, None, event.key or None, event.value, _headers(event, producer), now_ms)


def sampled_parents(events: Iterable[pb.Event]) -> list[str]:
    """Return the trace contexts worth a link: each sampled one once, `MAX_LINKS` at most."""
    sampled = dict.fromkeys(event.traceparent for event in events if is_sampled(event.traceparent))
    return list(islice(sampled, MAX_LINKS))


def _why_unknown(contract: str, door: Door | None) -> str:
    if door is None:
        return f"no contract {contract!r} is known; publish it with `assay contract apply`, or correct the name"
    return f"contract {contract!r} takes no events from apps: it names no raw.app topic in assay.topics"


def _refuse(event: pb.Event, door: Door) -> Rejection | None:
    if not event.value:
        return Rejection(Reason.MALFORMED, "the value is empty; send the record as its contract says")
    if len(event.value) > door.limit_bytes:
        return Rejection(
            Reason.TOO_LARGE, f"the record has {len(event.value)} bytes, {door.contract} allows {door.limit_bytes}"
        )
    if len(event.key) > KEY_LIMIT_BYTES:
        return Rejection(Reason.TOO_LARGE, f"the key has {len(event.key)} bytes, the limit is {KEY_LIMIT_BYTES}")
    if len(event.event_id) > EVENT_ID_LIMIT:
        return Rejection(Reason.MALFORMED, f"the event id has {len(event.event_id)} characters, of {EVENT_ID_LIMIT}")
    if len(event.version) > VERSION_LIMIT:
        return Rejection(Reason.MALFORMED, f"the version has {len(event.version)} characters, of {VERSION_LIMIT}")
    return None


def _headers(event: pb.Event, producer: str) -> tuple[tuple[str, bytes], ...]:
    """Return the only headers a record gets at the door; a trace context that is none is left out, a long name cut."""
    event_id = ((EVENT_ID, event.event_id.encode()),) if event.event_id else ()
    trace = ((TRACEPARENT, event.traceparent.encode()),) if is_traceparent(event.traceparent) else ()
    version = ((VERSION, event.version.encode()),) if event.version else ()
    sender = ((PRODUCER, producer[:PRODUCER_LIMIT].encode()),) if producer else ()
    return event_id + trace + version + sender
