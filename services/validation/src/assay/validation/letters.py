"""What becomes of a judged record: the validated one, the dead letter, the stub. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assay.api.validation.v1.verdict_pb2 import Violation as WireViolation
from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Contract, Reason, Verdict, Violation
from assay.streaming import Block, Headers, Onward, Outgoing, Partition, Record, headers
from assay.streaming.keys import Keys
from assay.streaming.seal import seal
from assay.validation.producers import said

__all__ = ["MAX_VIOLATIONS_BYTES", "Letters", "wire_violations"]

MAX_VIOLATIONS_BYTES = 8 * 1024
MAX_MARK_BYTES = 512
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
    headers.FAILURE,
    headers.FLOW,
    headers.ORDER,
    headers.RAW_OFFSET,
)


class Letters:
    """Writes on what one version of a contract judged of one partition.

    `home` is the version in force: its topics are written to. What is the same for every record is made once.
    """

    def __init__(self, judging: Contract, home: Contract, partition: Partition, keys: Keys) -> None:
        self._judging = judging
        self._home = home
        self._partition = partition
        self._keys = keys
        self._contract = (headers.CONTRACT, f"{judging.id}@{judging.version}".encode())
        self._place = f"{partition.topic}/{partition.partition}/".encode()
        self._believed = _believed(partition.topic, home)
        self._is_classified = home.is_classified or judging.is_classified

    def validated(self, records: Block) -> Onward:
        """Return records as they go on: bytes, key, partition and arrival untouched, our headers added."""
        theirs = _readable(records).without(self._is_ours)
        ours = theirs.with_headers((self._contract,), (headers.SOURCE, self._place))
        return Onward(self._home.topics.validated, self._partition.partition, ours)

    def dead_letter(self, record: Record, verdict: Verdict, marks: Headers = ()) -> Outgoing:
        """Return a record as a dead letter: the original bytes, with the reason, its violations, who sent it, these marks.

        It is sealed where a field of the contract is classified, and where nobody knows what its fields are.
        """
        assert verdict.reason is not None
        kept = headers.from_outside(record.headers, self._believed)
        letter = Outgoing(
            topic=self._home.topics.dead_letters,
            partition=record.partition,
            key=record.key,
            value=record.value,
            headers=(*kept, *said(record), *self._ours(record), *_why(verdict.reason, verdict.violations), *marks),
            timestamp_ms=record.timestamp_ms,
        )
        is_hidden = self._is_classified or _has_unknown_fields(verdict)
        return seal(letter, self._keys) if is_hidden else letter

    def stub(self, record: Record, refusal: str, marks: Headers = ()) -> Outgoing:
        """Return what stands for a record that can't be written: its size and hash in place of its bytes."""
        value = record.value or b""
        found = f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
        violation = Violation("", "broker", f"a record the broker takes ({refusal})", found)
        is_kept = not self._is_classified and len(record.key or b"") <= MAX_VIOLATIONS_BYTES
        return Outgoing(
            topic=self._home.topics.dead_letters,
            partition=record.partition,
            key=record.key if is_kept else None,
            value=None,
            headers=(
                *self._marks(record),
                *said(record),
                *self._ours(record),
                *_why(Reason.TOO_LARGE, (violation,)),
                *marks,
            ),
        )

    def _is_ours(self, name: str) -> bool:
        """Whether only Assay may write this header here."""
        return name.startswith(headers.PREFIX) and name not in self._believed

    def _marks(self, record: Record) -> Headers:
        """Return those headers that are believed here and small: of a replay which one it is, whatever became of it."""
        return tuple(
            (name, value)
            for name, value in record.headers
            if name in self._believed and len(value or b"") <= MAX_MARK_BYTES
        )

    def _ours(self, record: Record) -> Headers:
        return (self._contract, (headers.SOURCE, b"%b%d" % (self._place, record.offset)))


def _readable(records: Block) -> Block:
    """Return the records as they are; a header's name that is not UTF-8 can't go on, and goes on escaped."""
    if all(named.is_readable for named in {*records.layouts}):
        return records
    return Block.of([record._replace(headers=_escaped(record.headers)) for record in records])


def _escaped(theirs: Headers) -> Headers:
    return tuple((name.encode(errors="backslashreplace").decode(), value) for name, value in theirs)


def _has_unknown_fields(verdict: Verdict) -> bool:
    return verdict.reason in FIELDS_UNKNOWN or any(
        violation.rule == "additionalProperties" for violation in verdict.violations
    )


def _believed(topic: str, contract: Contract) -> tuple[str, ...]:
    """Return which of our headers are believed on a raw topic: by who may write it."""
    if topic == contract.topics.raw_replay:
        return BELIEVED_ON_REPLAY
    return BELIEVED_ON_APP if topic == contract.topics.raw_app else ()


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
