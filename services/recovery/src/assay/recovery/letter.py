"""A dead letter as recovery reads it: the record, its verdict, and which failure it is one of. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from google.protobuf.message import DecodeError

from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Reason, Violation
from assay.recovery.identity import Identity, identity_in
from assay.streaming import HeaderError, Record, Source, headers
from assay.streaming.errors import KeyUnknownError, SealError
from assay.streaming.keys import Keys
from assay.streaming.seal import unseal
from assay.telemetry import get_logger

__all__ = ["DeadLetter", "found", "opened", "read"]

NO_KEYS = "it is sealed, and recovery has no key file (ASSAY_RECOVERY_KEYS)"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record of a dead-letter topic with its verdict; `source` is the raw record it was.

    `raw_offset` is where that first stood in the partition of the raw topic, however often it was replayed since.

    `sealed` says why one that is sealed is not open; until it is, key, value and the producer's headers are not there.
    """

    record: Record
    source: Source
    identity: Identity
    violations: tuple[Violation, ...]
    attempt: int
    arrived_ms: int
    order: int
    raw_offset: int = 0
    held_until_ms: int = 0
    key_hash: str = ""
    declared_version: str = ""
    sealed: str = ""

    @property
    def place(self) -> str:
        """`topic/partition/offset` of the dead letter."""
        return str(headers.source_of(self.record))

    @property
    def is_held(self) -> bool:
        """Whether it keeps its contract, and only waits for another of its key."""
        return self.reason == Reason.HELD

    @property
    def attempts(self) -> int:
        """How often it was replayed once it is: what only waited was no attempt."""
        return self.attempt + (not self.is_held)

    @property
    def failure(self) -> str:
        """Fingerprint of its failure."""
        return self.identity.fingerprint

    @property
    def reason(self) -> str:
        return self.identity.reason

    @property
    def path(self) -> str:
        """Path of its first violation, with `*` for the places of an array."""
        return self.identity.path

    @property
    def rule(self) -> str:
        return self.identity.rule

    @property
    def producer(self) -> str:
        return self.identity.producer

    @property
    def version(self) -> str:
        """Version of the contract that judged it."""
        return self.identity.version


def read(record: Record, keys: Keys | None = None) -> DeadLetter:
    """Read the verdict from the headers that validation wrote, and open what is sealed with one of these keys.

    Raises:
        HeaderError: another than validation wrote this record.
    """
    found = {name: value for name, value in record.headers if name[:6] == headers.PREFIX}
    source = Source.parse(_text(found, headers.SOURCE))
    order = headers.order_of(record, source.offset) if headers.ORDER in found else source.offset
    letter = DeadLetter(
        record,
        source,
        identity_in(found),
        _violations(found.get(headers.VIOLATIONS) or b""),
        attempt=headers.attempt_of(record) if headers.ATTEMPT in found else 0,
        arrived_ms=headers.arrived_of(record) if headers.ARRIVED in found else record.timestamp_ms,
        order=order,
        raw_offset=headers.number_of(record, headers.RAW_OFFSET, order) if headers.RAW_OFFSET in found else order,
        key_hash=_text(found, headers.KEY_HASH),
        held_until_ms=headers.number_of(record, headers.HELD_UNTIL, 0) if headers.HELD_UNTIL in found else 0,
        declared_version=_text(found, headers.VERSION),
        sealed=NO_KEYS if headers.SEAL in found else "",
    )
    return opened(letter, keys)


def found(record: Record) -> DeadLetter | None:
    """Read a dead letter, unopened; None for one that validation did not write: it is left where it is."""
    try:
        return read(record)
    except HeaderError as error:
        get_logger().debug("dead_letter.unreadable", place=str(headers.source_of(record)), error=str(error))
        return None


def opened(letter: DeadLetter, keys: Keys | None) -> DeadLetter:
    """Return a dead letter with its seal opened, or as it is with the reason why it stays sealed."""
    if keys is None or not letter.sealed:
        return letter
    try:
        return replace(letter, record=unseal(letter.record, keys), sealed="")
    except (KeyUnknownError, SealError) as error:
        return replace(letter, sealed=str(error))


@lru_cache(maxsize=1_024)
def _violations(packed: bytes) -> tuple[Violation, ...]:
    """Return what a header says; letters of one failure often say the same."""
    try:
        found = Violations.FromString(packed)
    except DecodeError as error:
        raise HeaderError(f"a header {headers.VIOLATIONS} is no such message") from error
    return tuple(Violation(each.path, each.rule, each.expected, each.found) for each in found.violations)


def _text(found: dict[str, bytes | None], name: str) -> str:
    return (found.get(name) or b"").decode(errors="replace")
