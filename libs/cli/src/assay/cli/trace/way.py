"""The steps of one record from the door to the lake, put together from what the topics and the lake hold."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.streaming import Record, headers
from assay.streaming.headers import source_of
from assay.telemetry.trace import trace_id_of

__all__ = ["Evidence", "LakeRow", "Step", "Way", "way"]


@dataclass(frozen=True, slots=True)
class LakeRow:
    """Where the lake keeps a record."""

    table: str
    happened_ms: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of one record. `verdicts` and `lake` are by raw position, `replays` by dead letter's position."""

    contract: str
    raw: Record
    validated: Mapping[str, Record] = field(default_factory=dict)
    dead_letters: Mapping[str, Record] = field(default_factory=dict)
    replays: Mapping[str, Record] = field(default_factory=dict)
    lake: Mapping[str, LakeRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to the record; `where` is a topic's partition and offset, or a table.

    `at_ms` is known where something came in: what is forwarded keeps the time of its arrival.
    """

    name: str
    detail: str
    where: str = ""
    at_ms: int | None = None
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one record: who it is, and its steps in order."""

    contract: str
    event_id: str | None
    trace_id: str | None
    key_hash: str | None
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The steps by name."""
        return tuple(step.name for step in self.steps)


def way(evidence: Evidence) -> Way:
    """Put the evidence into the order in which it happened."""
    raw = evidence.raw
    event_id = raw.header(headers.EVENT_ID)
    return Way(
        evidence.contract,
        event_id,
        trace_id_of(raw.header(headers.TRACEPARENT) or "") or None,
        _key_hash(raw),
        tuple(_steps(evidence)),
    )


def _steps(evidence: Evidence) -> Iterator[Step]:
    yield from _arrival(evidence.raw)
    raw: Record | None = evidence.raw
    while raw is not None:
        at = str(source_of(raw))
        raw = None
        if at in evidence.validated:
            yield _accepted(evidence.validated[at])
            yield _in_lake(evidence.lake.get(at))
        elif at in evidence.dead_letters:
            letter = evidence.dead_letters[at]
            yield from _rejected(letter)
            raw = evidence.replays.get(str(source_of(letter)))
            yield _stays(letter) if raw is None else _replayed(raw)
        else:
            yield Step("verdict", "not judged yet", ok=False)


def _arrival(raw: Record) -> Iterator[Step]:
    event_id = raw.header(headers.EVENT_ID)
    emitted_ms = _emitted_ms(event_id)
    if emitted_ms is not None:
        yield Step("emit", "by the producer", at_ms=emitted_ms)
    door = "gateway" if event_id else "change event"
    key = f", key {hashed}" if (hashed := _key_hash(raw)) else ""
    yield Step(door, f"{'taken in' if event_id else 'captured'}{key}", str(source_of(raw)), raw.timestamp_ms)


def _accepted(validated: Record) -> Step:
    return Step(
        "verdict",
        f"keeps {validated.header(headers.CONTRACT) or 'its contract'}",
        str(source_of(validated)),
    )


def _rejected(letter: Record) -> Iterator[Step]:
    reason = letter.header(headers.REASON) or "unknown"
    broken = "; ".join(_words(violation) for violation in _violations(letter))
    contract = letter.header(headers.CONTRACT) or "its contract"
    yield Step("verdict", f"breaks {contract}: {broken or reason}", ok=False)
    yield Step("dead letter", f"kept with reason {reason}", str(source_of(letter)), ok=False)


def _replayed(replay: Record) -> Step:
    flow = replay.header(headers.FLOW)
    attempt = replay.header(headers.ATTEMPT)
    detail = f"by flow {flow}, attempt {attempt}" if flow else f"replayed, attempt {attempt}"
    return Step("repair", detail, str(source_of(replay)), replay.timestamp_ms)


def _stays(letter: Record) -> Step:
    return Step("stays", "no recovery flow replayed it", str(source_of(letter)), ok=False)


def _in_lake(row: LakeRow | None) -> Step:
    if row is None:
        return Step("lake", "not archived yet", ok=False)
    happened = (
        ""
        if row.happened_ms is None
        else f", happened {datetime.fromtimestamp(row.happened_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    )
    return Step("lake", f"one row{happened}", row.table)


def _words(violation: Violation) -> str:
    return f"{violation.path or '/'} {violation.rule}: expected {violation.expected}, found {violation.found}"


def _violations(letter: Record) -> list[Violation]:
    packed = dict(letter.headers).get(headers.VIOLATIONS)
    return [] if packed is None else list(Violations.FromString(packed).violations)


def _key_hash(record: Record) -> str | None:
    """What stands for a key wherever people see it."""
    return None if record.key is None else sha256(record.key).hexdigest()[:12]


def _emitted_ms(event_id: str | None) -> int | None:
    """A version 7 event id begins with its time; any other id says nothing."""
    try:
        parsed = uuid.UUID(event_id or "")
    except ValueError:
        return None
    return parsed.int >> 80 if parsed.version == 7 else None
