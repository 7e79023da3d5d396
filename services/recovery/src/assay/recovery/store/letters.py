"""What a chunk of dead letters comes to, by failure. Pure."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.recovery.identity import Identity, identity_in
from assay.recovery.store.account import HOUR_MS, MAX_SAMPLES, Account, Sample, newest_hours
from assay.recovery.store.bits import Outcomes
from assay.recovery.store.places import offset_in, partition_text
from assay.streaming import HeaderError, Record, headers

__all__ = ["FINGERPRINT", "Tallied", "tallied"]

FINGERPRINT = re.compile(r"[0-9a-f]{16}")
MAX_VIOLATIONS_BYTES = 8_192
MAX_VERSION = 128
_SOURCE = re.compile(rb"[^/]+/[0-9]{1,18}/[0-9]{1,18}")
_TRACE = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

_Found = Mapping[str, bytes | None]
_Letter = tuple[int, int, int, _Found]
"""Arrival, offset, time on the log, and headers of a dead letter; a tuple, because of their number."""


@dataclass(slots=True)
class Tallied:
    """Accounts by fingerprint, and how many records are no dead letters of ours."""

    accounts: dict[str, Account]
    unreadable: int


@dataclass(slots=True)
class _Group:
    """The dead letters of one failure in a chunk."""

    identity: Identity
    letters: list[_Letter] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


def tallied(records: Sequence[Record], settled: Outcomes, first_offset: int) -> Tallied:
    """Count dead letters of one partition; `settled` are those settled already, `first_offset` is where its log began."""
    groups: dict[str, _Group] = {}
    returned: Counter[str] = Counter()
    here = partition_text(records[0].topic, records[0].partition)
    has_settled, unreadable = bool(settled.blocks), 0
    for record in records:
        found = dict(record.headers)
        try:
            identity = identity_in(found)
            arrived_ms = _arrived_ms(record, found)
        except HeaderError:
            unreadable += 1
            continue
        group = groups.get(identity.fingerprint) or groups.setdefault(identity.fingerprint, _Group(identity))
        group.letters.append((arrived_ms, record.offset, record.timestamp_ms, found))
        if has_settled and (outcome := settled.at(record.offset)):
            group.outcomes[outcome] += 1
        if headers.FAILURE in found and (failure := _returned(found, here, first_offset)):
            returned[failure] += 1
    accounts = defaultdict(Account, {key: _account(group, records[0]) for key, group in groups.items()})
    for failure, count in returned.items():
        accounts[failure].counts["returned"] += count
    return Tallied(dict(accounts), unreadable)


def _arrived_ms(record: Record, found: _Found) -> int:
    """The first arrival of a dead letter.

    Raises:
        HeaderError: another than validation wrote this record.
    """
    if not _SOURCE.fullmatch(found.get(headers.SOURCE) or b""):
        headers.Source.parse((found.get(headers.SOURCE) or b"").decode(errors="replace"))
    if headers.ATTEMPT in found:
        headers.attempt_of(record)
    if headers.ORDER in found:
        headers.order_of(record, 0)
    return headers.arrived_of(record) if headers.ARRIVED in found else record.timestamp_ms


def _returned(found: _Found, here: bytes, first_offset: int) -> str | None:
    """The failure that a dead letter was replayed from, provided that it is still counted there."""
    origin = offset_in(here, found.get(headers.DEAD_LETTER))
    failure = (found[headers.FAILURE] or b"").decode(errors="replace")
    return failure if origin is not None and origin >= first_offset and FINGERPRINT.fullmatch(failure) else None


def _account(group: _Group, beside: Record) -> Account:
    arrivals = [letter[0] for letter in group.letters]
    newest = heapq.nlargest(MAX_SAMPLES, group.letters)
    sealed = [headers.SEAL in letter[-1] for letter in group.letters].count(True)
    return Account(
        identity=group.identity,
        counts=group.outcomes + Counter(dead_letters=len(arrivals), sealed=sealed),
        first_seen_ms=min(arrivals),
        last_seen_ms=max(arrivals),
        newest_ms=max([letter[2] for letter in group.letters]),
        hours=newest_hours(Counter([arrived_ms // HOUR_MS for arrived_ms in arrivals])),
        samples=[_sample(letter, beside) for letter in newest],
        violations=_bounded(newest[0][-1].get(headers.VIOLATIONS) or b""),
    )


def _bounded(violations: bytes) -> bytes:
    return violations if len(violations) <= MAX_VIOLATIONS_BYTES else b""


def _sample(letter: _Letter, beside: Record) -> Sample:
    arrived_ms, offset, _, found = letter
    trace = _TRACE.fullmatch(found.get(headers.TRACEPARENT) or b"")
    return Sample(
        arrived_ms,
        beside.partition,
        offset,
        beside.topic,
        trace_id=trace[1].decode() if trace else "",
        is_sealed=headers.SEAL in found,
        declared_version=(found.get(headers.VERSION) or b"").decode(errors="replace")[:MAX_VERSION],
    )
