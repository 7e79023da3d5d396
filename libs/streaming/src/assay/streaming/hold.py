"""A partition that is fenced: read from anywhere in it, and write what follows, each time in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from assay.runtime import failpoint
from assay.streaming import kafka
from assay.streaming.cursor import Cursor, Reader
from assay.streaming.record import Outgoing, Partition
from assay.streaming.sending import write
from assay.telemetry import get_logger, metrics

__all__ = ["Hold", "Position", "Progress", "place"]

READ_BYTES = 1024 * 1024
"""What a reader beside the group's fetches at once: cursors that take turns throw away what was fetched ahead."""


class Position(NamedTuple):
    """Where live records go on, and what its owner notes beside it; both move in the transaction of what they tell of."""

    offset: int
    note: str = ""


@dataclass(slots=True)
class Progress:
    """How far a partition is, for whoever watches it."""

    position: int | None = None
    moved_s: float = 0.0
    transactions: int = 0

    def move(self, position: int) -> None:
        """Take note that it moved."""
        self.position = position
        self.rest()

    def rest(self) -> None:
        """Take note that it is well although it does not move."""
        self.moved_s = monotonic()


class Hold:
    """One partition in hand, for the block: what it says is final, and nobody else writes what follows from it.

    The first error of the producer, whatever it was, ends it: what was not committed by then is to be looked at anew.
    """

    def __init__(
        self,
        broker: str,
        group: str,
        partition: Partition,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        progress: Progress,
    ) -> None:
        self._broker = broker
        self._group = group
        self.partition = partition
        self._key = TopicPartition(*partition)
        self._consumer = consumer
        self._producer = producer
        self._progress = progress
        self._beside: AIOKafkaConsumer | None = None
        self._reader: Reader | None = None

    async def __aenter__(self) -> Self:
        self.begin, self.end, self.position = await place(self._consumer, self._key)
        self.live = Cursor(Reader(self._consumer, self._key), self.position.offset)
        """What nobody has looked at yet."""
        self._progress.position = self.position.offset
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beside is not None:
            await kafka.stopped(self._beside)

    async def cursor(self, start: int, end: int) -> Cursor:
        """Return a cursor over what stands between two offsets, as far as the log still has it.

        Raises:
            BrokerUnreachableError: no broker answers.
        """
        if self._reader is None:
            self._beside = kafka.consumer(self._broker, blocks=True, fetch_bytes=READ_BYTES)
            await kafka.started(self._beside, self._broker)
            self._beside.assign([self._key])
            self._reader = Reader(self._beside, self._key)
        return Cursor(self._reader, max(start, self.begin), end)

    async def settle(self, steps: Mapping[str, Sequence[Outgoing]], position: Position) -> None:
        """Write what each step says, in their order, and the position, in one transaction; nothing where there is none.

        Raises:
            RefusedRecordError: the broker refuses a record for what it is.
            BrokerError, KafkaError: it is not known whether it was committed.
        """
        if position == self.position and not any(steps.values()):
            return
        name = self._group.removeprefix("assay.")
        with metrics.TRANSACTION_S.labels(self._group).time():
            await self._producer.begin_transaction()
            for step, outgoing in steps.items():
                if outgoing:
                    await write(self._producer, outgoing, meanwhile=_nothing)
                failpoint(f"{name}.after_{step}")
            if position != self.position:
                await self._producer.send_offsets_to_transaction({self._key: OffsetAndMetadata(*position)}, self._group)
            failpoint(f"{name}.before_commit")
            await self._producer.commit_transaction()
            failpoint(f"{name}.after_commit")
        self.position = position
        self._progress.move(position.offset)
        self._progress.transactions += 1

    def rest(self) -> None:
        """Say that it is well although it does not move: nothing waits, or what waits has time."""
        self._progress.rest()


async def place(consumer: AIOKafkaConsumer, key: TopicPartition) -> tuple[int, int, Position]:
    """Return where the log begins and ends, and the position to go on from; one that the log has not is its beginning.

    Raises:
        KafkaError: the broker does not say.
    """
    begin: int = (await consumer.beginning_offsets([key]))[key]
    end: int = (await consumer.end_offsets([key]))[key]
    committed = await kafka.committed(consumer, key)
    if committed is None:
        return begin, end, Position(begin)
    if not begin <= committed.offset <= end:
        facts = {"topic": key.topic, "partition": key.partition, "first": begin, "end": end}
        get_logger().warning("position.moved", position=committed.offset, **facts)
        return begin, end, Position(begin, committed.metadata if committed.offset < begin else "")
    return begin, end, Position(committed.offset, committed.metadata)


async def _nothing() -> None:
    return
