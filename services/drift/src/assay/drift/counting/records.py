"""Records of the analytical logs as their messages, in whatever form their contract has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError, Message

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.contracts import Contract, MalformedRecordError
from assay.contracts.forms.reader import RecordReader
from assay.contracts.frame import SCHEMA_HEADER, FrameError, unframe
from assay.contracts.model_log import Role
from assay.streaming.blocks import Block
from assay.telemetry import get_logger, metrics

__all__ = ["Reading", "UnreadableRecordError", "ms_of"]

log = get_logger()

M = TypeVar("M", bound=Message)

MESSAGES: Mapping[Role, type[Message]] = {
    "predictions": prediction_pb2.Prediction,
    "features": prediction_pb2.FeatureVector,
    "actions": outcome_pb2.Action,
    "outcomes": outcome_pb2.Outcome,
    "labels": outcome_pb2.Label,
    "skew": outcome_pb2.SkewSample,
}


class UnreadableRecordError(Exception):
    """A record holds nothing that can be counted; it is a value of this room and leaves it never."""


class Reading:
    """Reads the records of some contracts; what can't be read is counted by topic and logged, without its content."""

    def __init__(self) -> None:
        self._readers: dict[str, RecordReader] = {}
        self.unreadable: Counter[str] = Counter()

    def messages(self, contract: Contract, block: Block) -> Iterator[tuple[int, Message]]:
        """Give the message of each record, with its place in the block."""
        made = class_of(contract)
        framed = block.header(SCHEMA_HEADER)
        for place, value in enumerate(block.values):
            try:
                yield place, self._message(contract, made, value, framed[place])
            except UnreadableRecordError as error:
                self.note(block, place, error)

    def note(self, block: Block, place: int, error: Exception) -> None:
        """Count a record that can't be counted otherwise; the log has the first of a topic, the second, the fourth..."""
        self.unreadable[block.topic] += 1
        metrics.DRIFT_RECORDS_UNREADABLE.labels(block.topic).inc()
        count = self.unreadable[block.topic]
        if count & (count - 1) == 0:
            place_of = {"topic": block.topic, "partition": block.partition, "offset": block.offsets[place]}
            log.warning("record.unreadable", **place_of, count=count, error=str(error))

    def _message(self, contract: Contract, made: type[M], value: bytes | None, schema: bytes | None) -> M:
        if not value:
            raise UnreadableRecordError("it has no value")
        headers = () if schema is None else ((SCHEMA_HEADER, schema),)
        try:
            if contract.form == "protobuf":
                frame = unframe(value, headers, "protobuf")
                return made.FromString(frame.payload if frame else value)
            record = self._reader(contract).read(value, headers)
            return ParseDict(record, made(), ignore_unknown_fields=True)
        except (DecodeError, FrameError, MalformedRecordError, ParseError) as error:
            raise UnreadableRecordError(f"no {made.DESCRIPTOR.name}: {type(error).__name__}") from error

    def _reader(self, contract: Contract) -> RecordReader:
        name = f"{contract.id}@{contract.version}"
        if name not in self._readers:
            self._readers[name] = RecordReader(contract)
        return self._readers[name]


def class_of(contract: Contract) -> type[Message]:
    """Return the class of the messages that a contract's records are."""
    said = contract.model_log
    assert said is not None
    if said.role == "predictions" and said.layout == "columns":
        return prediction_pb2.PredictionBatch
    return MESSAGES[said.role]


def ms_of(message: Message, field: str) -> int:
    """Return an instant of a message as Unix milliseconds.

    Raises:
        UnreadableRecordError: it has none.
    """
    if not message.HasField(field):
        raise UnreadableRecordError(f"no {field}")
    stamp = getattr(message, field)
    return int(stamp.seconds * 1000 + stamp.nanos // 1_000_000)
