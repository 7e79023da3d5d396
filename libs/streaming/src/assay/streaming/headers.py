"""The headers that Assay writes on records: their names, and how each is read and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from assay.streaming.blocks import Block
from assay.streaming.errors import HeaderError
from assay.streaming.record import Headers, Record

__all__ = [
    "ARRIVED",
    "ATTEMPT",
    "CONTRACT",
    "DEAD_LETTER",
    "EVENT_ID",
    "FAILURE",
    "FLOW",
    "HELD_UNTIL",
    "KEY_HASH",
    "ORDER",
    "PREFIX",
    "PRODUCER",
    "RAW_OFFSET",
    "REASON",
    "SEAL",
    "SOURCE",
    "TRACEPARENT",
    "VERSION",
    "VIOLATIONS",
    "Source",
    "arrived_of",
    "attempt_of",
    "from_outside",
    "number_of",
    "order_of",
    "source_of",
    "traceparents",
]

PREFIX = "assay-"

CONTRACT = "assay-contract"  # id@version of the contract that judged
SOURCE = "assay-source"  # topic/partition/offset of the raw record
EVENT_ID = "assay-event-id"  # made by the producer, the same on every try
VERSION = "assay-version"  # version of the contract that the record declares; passed on with dead letters alone
PRODUCER = "assay-producer"  # the app that sent it, by its own word; passed on with dead letters alone
REASON = "assay-reason"  # why it is a dead letter, from the closed list
VIOLATIONS = "assay-violations"  # protobuf assay.api.validation.v1.Violations
SEAL = "assay-seal"  # key id and nonce, where value, key and the producer's headers are sealed
ATTEMPT = "assay-attempt"  # how often it was replayed; believed on raw.replay only
ARRIVED = "assay-arrived"  # first arrival of a replay, Unix milliseconds
ORDER = "assay-order"  # place of a replay among the records of its key
DEAD_LETTER = "assay-dead-letter"  # topic/partition/offset of the dead letter that a replay came from
HELD_UNTIL = "assay-held-until"  # until when a held dead letter waits for those of its key before it, Unix milliseconds
KEY_HASH = "assay-key-hash"  # what stands for the key of a dead letter of an ordered contract, sealed or not
RAW_OFFSET = "assay-raw-offset"  # where a replay of an ordered contract first stood in its partition of the raw topic
FLOW = "assay-flow"  # recovery flow that repaired a replay
FAILURE = "assay-failure"  # fingerprint of the failure that a replay was one of
TRACEPARENT = "traceparent"  # W3C trace context of the producer

LOOKED_AT_FOR_TRACES = 64

MAX_DIGITS = 18  # what fits into 64 bits for certain


class Source(NamedTuple):
    """Where a record stands; the identity of a raw record for ever."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read `topic/partition/offset`.

        Raises:
            HeaderError: the text has another form.
        """
        topic, _, rest = text.partition("/")
        partition, _, offset = rest.partition("/")
        if not (topic and _is_number(partition) and _is_number(offset)):
            raise HeaderError(f"{text[:300]!r} is not topic/partition/offset")
        return cls(topic, int(partition), int(offset))


def source_of(record: Record) -> Source:
    """Return where the record itself stands."""
    return Source(record.topic, record.partition, record.offset)


def from_outside(headers: Headers, believed: Iterable[str] = ()) -> Headers:
    """Return the headers without those that only Assay may write, but for the names that are believed here."""
    return type(headers)([pair for pair in headers if pair[0][:6] != PREFIX or pair[0] in believed])


def traceparents(records: Sequence[Record]) -> Iterator[str]:
    """Give the trace contexts of the first records, for the span of their chunk to point at."""
    first = records[:LOOKED_AT_FOR_TRACES]
    if isinstance(first, Block):
        return (text.decode(errors="replace") for text in first.header(TRACEPARENT) if text)
    return (text for record in first if (text := record.header(TRACEPARENT)))


def attempt_of(record: Record) -> int:
    """Return how often the record was replayed, 0 where no header says so."""
    return number_of(record, ATTEMPT, 0)


def arrived_of(record: Record) -> int:
    """Return when the record first arrived: of a replay the header says it."""
    return number_of(record, ARRIVED, record.timestamp_ms)


def order_of(record: Record, default: int) -> int:
    """Return the record's place among those of its key: of a replay the one it first had."""
    return number_of(record, ORDER, default)


def number_of(record: Record, name: str, default: int) -> int:
    """Return the number that a header holds, the default where there is none.

    Raises:
        HeaderError: it is no number; another than Assay wrote it.
    """
    text = record.header(name)
    if text is None:
        return default
    if not _is_number(text):
        raise HeaderError(f"header {name} of {source_of(record)} is not a number")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= MAX_DIGITS
