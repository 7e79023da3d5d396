"""Between the messages of the calls and the values of recovery. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from google.protobuf.message import Message

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.validation.v1.verdict_pb2 import Violation as WireViolation
from assay.contracts import Contract
from assay.recovery.errors import RequestError
from assay.recovery.history import Attempt
from assay.recovery.letter import DeadLetter
from assay.recovery.selection import Selection
from assay.streaming import HeaderError, Record, Source, headers
from assay.streaming.seal import is_sealed

__all__ = [
    "attempt_message",
    "fitting",
    "letter_message",
    "limit_of",
    "place_of",
    "selection_message",
    "selection_of",
    "with_record",
]

MAX_PLACES = 1_000
MAX_TEXT = 1_000
MAX_MS = 2**53
MAX_ANSWER_BYTES = 3 * 1024 * 1024
"""A client takes 4 MiB unless it is told otherwise."""

TEXTS = ("failure", "reason", "path", "rule", "producer", "version")

Answer = TypeVar("Answer", bound=Message)


def selection_of(message: run_pb2.Selection, contract: Contract) -> Selection:
    """Return what is selected of this contract's dead letters.

    Raises:
        RequestError: a filter can't hold of anything, or there are too many places.
    """
    texts = {name: getattr(message, name) for name in TEXTS}
    for name, text in texts.items():
        if len(text) > MAX_TEXT:
            raise RequestError(f"selection.{name}", f"it has {len(text)} characters; at most {MAX_TEXT}")
    for name in ("since_ms", "until_ms"):
        if not 0 <= getattr(message, name) <= MAX_MS:
            raise RequestError(f"selection.{name}", "it is no time in Unix milliseconds")
    if message.until_ms and message.until_ms <= message.since_ms:
        raise RequestError("selection.until_ms", "it is not after since_ms, so nothing is selected")
    if len(message.places) > MAX_PLACES:
        raise RequestError("selection.places", f"there are {len(message.places)}; name at most {MAX_PLACES}, or filter")
    places = frozenset(str(place_of(place, contract)) for place in message.places)
    return Selection(contract.id, **texts, since_ms=message.since_ms, until_ms=message.until_ms, places=places)


def selection_message(selection: Selection) -> run_pb2.Selection:
    """Return a selection as it goes over the wire."""
    texts = {name: getattr(selection, name) for name in ("contract", *TEXTS)}
    return run_pb2.Selection(
        **texts, since_ms=selection.since_ms, until_ms=selection.until_ms, places=sorted(selection.places)
    )


def place_of(text: str, contract: Contract | None = None) -> Source:
    """Return the place that a text names, among the dead letters of this contract where one is given.

    Raises:
        RequestError: the text has another form, or is a place of another topic.
    """
    try:
        place = Source.parse(text)
    except HeaderError as error:
        raise RequestError("place", f"{text[:100]!r} is not topic/partition/offset") from error
    if contract is not None and place.topic != contract.topics.dead_letters:
        raise RequestError(
            "place", f"{text[:100]!r} is none of {contract.topics.dead_letters}, where {contract.id} has its"
        )
    return place


def letter_message(letter: DeadLetter) -> pb.DeadLetter:
    """Return a dead letter as it is told without its record; nothing of what the producer wrote is in it."""
    record = letter.record
    return pb.DeadLetter(
        place=letter.place,
        source=str(letter.source),
        contract=(record.header(headers.CONTRACT) or "").partition("@")[0],
        version=letter.version,
        reason=letter.reason,
        violations=[
            WireViolation(path=each.path, rule=each.rule, expected=each.expected, found=each.found)
            for each in letter.violations
        ],
        attempt=letter.attempt,
        arrived_ms=letter.arrived_ms,
        dead_ms=record.timestamp_ms,
        order=letter.order,
        producer=letter.producer,
        declared_version=letter.declared_version,
        event_id=record.header(headers.EVENT_ID) or "",
        trace_id=_trace_id(record),
        failure=letter.failure,
        sealed=is_sealed(record),
        size_bytes=len(record.value or b""),
    )


def attempt_message(attempt: Attempt) -> pb.Attempt:
    """Return one time that a record failed."""
    letter = attempt.letter
    return pb.Attempt(
        place=letter.place,
        attempt=letter.attempt,
        reason=letter.reason,
        violation=str(letter.violations[0]) if letter.violations else "",
        dead_ms=letter.record.timestamp_ms,
        settlement=attempt.settlement,
    )


def with_record(message: pb.DeadLetter, record: Record) -> pb.DeadLetter:
    """Add the record as it stands on its topic; one that is too large for an answer is left out, its size is told."""
    if record.key is not None:
        message.key = record.key
    if record.value is not None:
        message.value = record.value
    message.headers.extend(
        pb.Header(name=name.encode(errors="surrogateescape"), value=value) for name, value in record.headers
    )
    if message.ByteSize() > MAX_ANSWER_BYTES:
        for part in ("key", "value", "headers"):
            message.ClearField(part)
    return message


def limit_of(asked: int, default: int, most: int) -> int:
    """Return how many to answer; more than there may be is as many as there may be.

    Raises:
        RequestError: it is below 0.
    """
    if asked < 0:
        raise RequestError("limit", f"{asked} is below 0")
    return min(asked or default, most)


def fitting(messages: Iterable[Answer]) -> Sequence[Answer]:
    """Return the first messages, as many as an answer may hold."""
    taken: list[Answer] = []
    size = 0
    for message in messages:
        size += message.ByteSize()
        if size > MAX_ANSWER_BYTES:
            break
        taken.append(message)
    return taken


def _trace_id(record: Record) -> str:
    parts = (record.header(headers.TRACEPARENT) or "").split("-")
    return parts[1] if len(parts) >= 4 and len(parts[1]) == 32 else ""
