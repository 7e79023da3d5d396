"""A dead letter as recovery reads it, and what becomes of it: a replay with its settlement, or an explanation. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from assay.api.recovery.v1.recovery_pb2 import OUTCOME_REPLAYED, Settlement
from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Contract, Recovery, Repaired, Unrepaired, Violation, open_envelope
from assay.contracts.frame import FrameError, unframe
from assay.recovery.identity import identity_in
from assay.streaming import HeaderError, Outgoing, Record, Source, headers
from assay.streaming.errors import KeyUnknownError, SealError
from assay.streaming.keys import Keys
from assay.streaming.seal import is_sealed, unseal

__all__ = ["DeadLetter", "Desk", "read"]

KEPT_ON_REPLAY = (headers.EVENT_ID,)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record of a dead-letter topic with its verdict; `source` is the raw record it was.

    `record` is opened; `sealed` says why one that is sealed could not be.
    """

    record: Record
    source: Source
    reason: str
    violations: tuple[Violation, ...]
    attempt: int
    arrived_ms: int
    order: int
    sealed: str = ""


def read(record: Record, keys: Keys | None) -> DeadLetter:
    """Read the verdict from the headers that validation wrote, and open what is sealed with one of these keys.

    Raises:
        HeaderError: another than validation wrote this record.
    """
    source = Source.parse(record.header(headers.SOURCE) or "")
    record, sealed = _opened(record, keys)
    try:
        packed = Violations.FromString(dict(record.headers).get(headers.VIOLATIONS) or b"")
    except DecodeError as error:
        raise HeaderError(f"header {headers.VIOLATIONS} of {headers.source_of(record)} is no such message") from error
    return DeadLetter(
        record,
        source=source,
        reason=record.header(headers.REASON) or "",
        violations=tuple(Violation(v.path, v.rule, v.expected, v.found) for v in packed.violations),
        attempt=headers.attempt_of(record),
        arrived_ms=headers.arrived_of(record),
        order=headers.order_of(record, source.offset),
        sealed=sealed,
    )


def _opened(record: Record, keys: Keys | None) -> tuple[Record, str]:
    """Return the record with its seal opened, or as it is with the reason why it stays sealed."""
    if keys is None:
        return record, "it is sealed, and recovery has no key file (ASSAY_RECOVERY_KEYS)" if is_sealed(record) else ""
    try:
        return unseal(record, keys), ""
    except (KeyUnknownError, SealError) as error:
        return record, str(error)


class Desk:
    """One contract's recovery: says of each dead letter how it goes back, or why it stays."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._recovery = Recovery(contract)

    def repair(self, letter: DeadLetter) -> Repaired | Unrepaired:
        """Return the repaired bytes, behind the frame they had, or an explanation of why the dead letter stays."""
        if letter.attempt >= self.contract.max_attempts:
            return Unrepaired(f"all {self.contract.max_attempts} attempts are used up")
        if letter.sealed:
            return Unrepaired(letter.sealed)
        if letter.record.value is None:
            return Unrepaired("its bytes were not kept: the broker refused them")
        try:
            frame = unframe(letter.record.value, letter.record.headers, self.contract.form)
        except FrameError as error:
            return Unrepaired(f"its frame cannot be read: {error}")
        bare, prefix = (frame.payload, frame.prefix) if frame else (letter.record.value, b"")
        found = self._recovery.repair(bare, letter.reason, letter.violations)
        return Repaired(prefix + found.value, found.flow) if isinstance(found, Repaired) else found

    def replay(self, letter: DeadLetter, repaired: Repaired, now_ms: Callable[[], int]) -> list[Outgoing]:
        """Return the replay and its settlement, to be written in one transaction.

        The replay goes to the partition it came from, with its first arrival, its place among the records of its key,
        its attempt, and the link to this dead letter.
        """
        topics, here = self.contract.topics, str(headers.source_of(letter.record))
        kept = headers.from_outside(letter.record.headers, KEPT_ON_REPLAY)
        ours = {
            headers.ATTEMPT: letter.attempt + 1,
            headers.ARRIVED: letter.arrived_ms,
            headers.ORDER: self._order(letter),
            headers.DEAD_LETTER: here,
            headers.FLOW: repaired.flow,
            headers.FAILURE: identity_in(dict(letter.record.headers)).fingerprint,
        }
        marks = tuple((name, str(value).encode()) for name, value in ours.items())
        at_ms, partition, key = now_ms(), letter.record.partition, letter.record.key
        return [
            Outgoing(topics.raw_replay, partition, key, repaired.value, (*kept, *marks), at_ms),
            Outgoing(topics.settled, partition, here.encode(), self._settlement(letter, repaired, at_ms), (), at_ms),
        ]

    def _order(self, letter: DeadLetter) -> int:
        """Return the place of the record among those of its key: the source's LSN, else its first offset."""
        if letter.record.header(headers.ORDER) or self.contract.kind == "direct":
            return letter.order
        assert letter.record.value is not None  # it was repaired, so it has bytes, and they open
        frame = unframe(letter.record.value, letter.record.headers, self.contract.form)
        return open_envelope(frame.payload if frame else letter.record.value).lsn or letter.order

    def _settlement(self, letter: DeadLetter, repaired: Repaired, at_ms: int) -> bytes:
        return Settlement(
            contract=f"{self.contract.id}@{self.contract.version}",
            flow=repaired.flow,
            attempt=letter.attempt + 1,
            settled_ms=at_ms,
            outcome=OUTCOME_REPLAYED,
            failure=identity_in(dict(letter.record.headers)).fingerprint,
        ).SerializeToString()
