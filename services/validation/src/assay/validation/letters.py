"""What becomes of a judged record: the validated one, the dead letter, the stub. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assay.api.validation.v1.verdict_pb2 import Violation as WireViolation
from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Contract, Reason, Verdict, Violation
from assay.streaming import Headers, Outgoing, Record, headers
from assay.streaming.keys import Keys
from assay.streaming.seal import seal

__all__ = ["MAX_VIOLATIONS_BYTES", "dead_letter", "stub", "validated", "wire_violations"]

MAX_VIOLATIONS_BYTES = 8 * 1024
FIELDS_UNKNOWN = frozenset(
    {
        Reason.MALFORMED,
        Reason.UNKNOWN_SCHEMA,
        Reason.UNKNOWN_CONTRACT,
        Reason.ENVELOPE,
        Reason.TOO_LARGE,
        Reason.ENGINE,
    }
)
"""Reasons given before anybody knew which fields the record has."""

BELIEVED_ON_APP = (headers.EVENT_ID,)
BELIEVED_ON_REPLAY = (
    headers.EVENT_ID,
    headers.ARRIVED,
    headers.ATTEMPT,
    headers.DEAD_LETTER,
    headers.FLOW,
    headers.ORDER,
)


def validated(record: Record, contract: Contract) -> Outgoing:
    """Return the record as it goes on: bytes, key, partition and arrival untouched, our headers added."""
    return _onward(record, contract, contract.topics.validated, ())


def dead_letter(record: Record, contract: Contract, verdict: Verdict, keys: Keys) -> Outgoing:
    """Return the record as a dead letter: the original bytes, with the reason and its violations.

    It is sealed where a field of the contract is classified, and where nobody knows what its fields are.
    """
    assert verdict.reason is not None
    why = _why(verdict.reason, verdict.violations)
    letter = _onward(record, contract, contract.topics.dead_letters, why)
    return seal(letter, keys) if contract.is_classified or _has_unknown_fields(verdict) else letter


def stub(record: Record, contract: Contract, refusal: str) -> Outgoing:
    """Return what stands for a record that can't be written: its size and hash in place of its bytes."""
    value = record.value or b""
    found = f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
    violation = Violation("", "broker", f"a record the broker takes ({refusal})", found)
    return Outgoing(
        topic=contract.topics.dead_letters,
        partition=record.partition,
        key=None if contract.is_classified or len(record.key or b"") > MAX_VIOLATIONS_BYTES else record.key,
        value=None,
        headers=(*_ours(record, contract), *_why(Reason.TOO_LARGE, (violation,))),
    )


def _has_unknown_fields(verdict: Verdict) -> bool:
    return verdict.reason in FIELDS_UNKNOWN or any(
        violation.rule == "additionalProperties" for violation in verdict.violations
    )


def _onward(record: Record, contract: Contract, topic: str, why: Headers) -> Outgoing:
    kept = headers.from_outside(record.headers, _believed(record, contract))
    return Outgoing(
        topic, record.partition, record.key, record.value, (*kept, *_ours(record, contract), *why), record.timestamp_ms
    )


def _believed(record: Record, contract: Contract) -> tuple[str, ...]:
    """Return which of our headers are believed on a raw topic: by who may write it."""
    if record.topic == contract.topics.raw_replay:
        return BELIEVED_ON_REPLAY
    return BELIEVED_ON_APP if record.topic == contract.topics.raw_app else ()


def _ours(record: Record, contract: Contract) -> Headers:
    return (
        (headers.CONTRACT, f"{contract.id}@{contract.version}".encode()),
        (headers.SOURCE, str(headers.source_of(record)).encode()),
    )


def _why(reason: Reason, violations: Sequence[Violation]) -> Headers:
    return ((headers.REASON, reason.encode()), (headers.VIOLATIONS, _packed(violations)))


def wire_violations(violations: Sequence[Violation]) -> list[WireViolation]:
    """Return violations as they go over the wire."""
    return [WireViolation(path=v.path, rule=v.rule, expected=v.expected, found=v.found) for v in violations]


def _packed(violations: Sequence[Violation]) -> bytes:
    """Return as many violations as fit into the header, and how many were left out."""
    packed = Violations(violations=wire_violations(violations))
    while packed.ByteSize() > MAX_VIOLATIONS_BYTES:
        packed.violations.pop()
        packed.omitted += 1
    return packed.SerializeToString()
