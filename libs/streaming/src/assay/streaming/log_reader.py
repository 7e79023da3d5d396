"""Looks into topics beside every group: at single places, backwards, forwards to the end, and at what comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Set
from contextlib import contextmanager
from itertools import chain
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.errors import BrokerError
from assay.streaming.headers import Source
from assay.streaming.record import Partition, Record
from assay.streaming.scan import between, partitions_of, starts_of

__all__ = ["LogReader"]

AT_ONCE = 200
WAIT_MS = 500
MAX_BEHIND = 10_000
STEP, MAX_STEP = 500, 8_000
"""Offsets looked at together on the way back."""


class LogReader:
    """A consumer in no group, open for the block, for one caller at a time. It sees committed records and commits nothing.

    Every call raises BrokerError where the broker does not give what is asked for, and TopicError for a topic that isn't
    there.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._there: dict[str, list[TopicPartition]] = {}

    async def __aenter__(self) -> Self:
        self._consumer = kafka.consumer(self._broker)
        await kafka.started(self._consumer, self._broker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await kafka.stopped(self._consumer)

    async def ends(self, topic: str) -> dict[int, int]:
        """Return where each partition ends: the offset after its last committed record."""
        partitions = await partitions_of(self._broker, [topic])
        with _asking():
            found = await self._consumer.end_offsets(partitions)
        return {each.partition: end for each, end in found.items()}

    async def at(self, places: Collection[Source]) -> dict[Source, Record]:
        """Return what stands at these places; one where nothing stands, or nothing any more, is left out."""
        found: dict[Source, Record] = {}
        there = [await self._partitions(topic) for topic in sorted({place.topic for place in places})]
        with _asking():
            for each in chain.from_iterable(there):
                wanted = {place.offset for place in places if place[:2] == (each.topic, each.partition)}
                for record in await self._pick(each, wanted):
                    found[Source(record.topic, record.partition, record.offset)] = record
        return found

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        """The partitions of a topic; asked once: a reader is open for a question, not for a day."""
        if topic not in self._there:
            self._there[topic] = await partitions_of(self._broker, [topic])
        return self._there[topic]

    async def _pick(self, each: TopicPartition, wanted: Set[int]) -> list[Record]:
        self._consumer.assign([each])
        first = (await self._consumer.beginning_offsets([each]))[each]
        end = (await self._consumer.end_offsets([each]))[each]
        picked: list[Record] = []
        left = sorted(offset for offset in wanted if first <= offset < end)
        while left:
            self._consumer.seek(each, left[0])
            records = await self._some(each, end)
            seen = records[-1].offset if records else end
            picked += [record for record in records if record.offset in wanted]
            left = [offset for offset in left if offset > seen]
        return picked

    async def _some(self, each: TopicPartition, end: int) -> list[Record]:
        """Return the records that come next; none at the end."""
        while await self._consumer.position(each) < end:
            found = await self._consumer.getmany(each, timeout_ms=WAIT_MS, max_records=AT_ONCE)
            if found:
                return list(found[each])
        return []

    async def forward(
        self, partition: Partition, *, since_ms: int | None = None, since_offset: int | None = None
    ) -> AsyncGenerator[list[Record]]:
        """Yield a partition up to its end as it is at the call, chunk by chunk, in order.

        From the first record on that is not older than `since_ms`, and from `since_offset` where that is later.
        """
        each = TopicPartition(*partition)
        with _asking():
            self._consumer.assign([each])
            ends = await self._consumer.end_offsets([each])
            start = (await starts_of(self._consumer, ends, since_ms))[each]
            async for records in between(self._consumer, {each: (max(start, since_offset or 0), ends[each])}):
                yield records

    async def back(self, topic: str, *, since_ms: int | None = None) -> AsyncGenerator[list[Record]]:
        """Yield a topic from its end backwards: chunks in order, from blocks that go back, all partitions in turn.

        With `since_ms`, what lies before the first record that is not older is not looked at.
        """
        partitions, step = await partitions_of(self._broker, [topic]), STEP
        with _asking():
            ends = await self._consumer.end_offsets(partitions)
            starts = await starts_of(self._consumer, ends, since_ms)
            while left := [each for each in partitions if ends[each] > starts[each]]:
                for each in left:
                    begin = max(starts[each], ends[each] - step)
                    self._consumer.assign([each])
                    async for records in between(self._consumer, {each: (begin, ends[each])}):
                        yield records
                    ends[each] = begin
                step = min(2 * step, MAX_STEP)

    async def follow(self, topic: str, *, max_behind: int = MAX_BEHIND) -> AsyncGenerator[tuple[list[Record], int]]:
        """Yield what comes from now on, without an end, and how many offsets were passed over for it.

        Whoever takes it so slowly that a partition is more than `max_behind` offsets ahead goes on at its end. The first
        list is empty: nothing that comes after it is missed otherwise.
        """
        partitions = await partitions_of(self._broker, [topic])
        with _asking():
            self._consumer.assign(partitions)
            for each, end in (await self._consumer.end_offsets(partitions)).items():
                self._consumer.seek(each, end)
            yield [], 0
            while True:
                found = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=AT_ONCE)
                for each, records in found.items():
                    yield records, await self._catch_up(each, max_behind)

    async def _catch_up(self, each: TopicPartition, max_behind: int) -> int:
        """Go to the end of a partition that is too far ahead; return how many offsets that passes over."""
        at, ahead = int(await self._consumer.position(each)), self._consumer.highwater(each)
        if ahead is None or ahead - at <= max_behind:
            return 0
        end: int = (await self._consumer.end_offsets([each]))[each]
        self._consumer.seek(each, end)
        return end - at


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise BrokerError(f"the broker does not give what is asked for: {error!r}") from error
