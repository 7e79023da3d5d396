"""Reads the logs of one family together: one client in no group, and it is told where each of them goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import NoOffsetForPartitionError
from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.blocks import Block
from assay.streaming.errors import BrokerError, TopicError
from assay.streaming.joint_step import LogSpan
from assay.streaming.record import Partition
from assay.streaming.scan import partitions_of, starts_of

__all__ = ["FamilyLogs", "until_there"]

FETCH_WAIT_MS = 100
"""How long a fetch may wait at the broker: each family has a client of its own, and most of them are idle."""

AT_ONCE = 5_000
WAIT_S = 0.2
SILENCE_S = 60.0


class FamilyLogs:
    """The logs of a family, open for the block; it sees committed records only.

    Every call raises KafkaError where the broker does not give what is asked for.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(self, broker: str, family: Sequence[Partition]) -> None:
        self._broker = broker
        self.family = tuple(family)

    async def __aenter__(self) -> Self:
        self._consumer: AIOKafkaConsumer = kafka.consumer(self._broker, blocks=True, fetch_wait_ms=FETCH_WAIT_MS)
        await kafka.started(self._consumer, self._broker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await kafka.stopped(self._consumer)

    async def bounds(self) -> dict[Partition, tuple[int, int]]:
        """Return where each log begins, and ends for a reader of committed records."""
        keys = [TopicPartition(*each) for each in self.family]
        first = await self._consumer.beginning_offsets(keys)
        end = await self._consumer.end_offsets(keys)
        return {Partition(*key): (first[key], end[key]) for key in keys}

    async def since(self, ends: Mapping[Partition, int], since_ms: int | None) -> dict[Partition, int]:
        """Return of each log where the first record stands that is not older, or its end; without a time where it begins."""
        found = await starts_of(self._consumer, {TopicPartition(*each): end for each, end in ends.items()}, since_ms)
        return {Partition(*key): min(start, ends[Partition(*key)]) for key, start in found.items()}

    def begin_at(self, positions: Mapping[Partition, int]) -> None:
        """Read these logs from now on, from these positions, and no others; what was fetched ahead is forgotten.

        There is no turn of the loop between the two: aiokafka 0.14 makes an error of a log whose position it is not told.
        """
        self._consumer.assign([TopicPartition(*each) for each in positions])
        for each, position in positions.items():
            self._consumer.seek(TopicPartition(*each), position)

    async def take(self, most: int, wait_s: float) -> list[Block]:
        """Return records that come next, `most` at most, waiting for the first of them for `wait_s` at most."""
        try:
            found = await self._consumer.getmany(timeout_ms=int(wait_s * 1000), max_records=most)
        except NoOffsetForPartitionError:  # noted by the client before it was told, see `Intake`
            return []
        return list(found.values())

    async def positions(self) -> dict[Partition, int]:
        """Return where each log that is read goes on: past transaction markers where no record is left before them."""
        return {Partition(*key): int(await self._consumer.position(key)) for key in self._consumer.assignment()}

    async def spans(self, before: Mapping[Partition, int]) -> dict[Partition, LogSpan]:
        """Return what was read of each log since these positions."""
        positions = await self.positions()
        return {
            each: LogSpan(before[each], positions[each], max(positions[each], self._end(each))) for each in self.family
        }

    async def between(
        self, starts: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> AsyncGenerator[tuple[list[Block], dict[Partition, int]]]:
        """Yield what stands between two positions of each log, and how far that leads, the logs in any mix.

        Raises:
            BrokerError: the broker gives nothing more, although it is there.
        """
        at, heard_s = dict(starts), monotonic()
        if behind := {each: start for each, start in starts.items() if start < ends[each]}:
            self.begin_at(behind)
        while any(at[each] < ends[each] for each in behind):
            found = await self.take(AT_ONCE, WAIT_S)
            now = {each: min(position, ends[each]) for each, position in (await self.positions()).items()}
            heard_s = heard_s if now.items() <= at.items() else monotonic()
            if monotonic() - heard_s > SILENCE_S:
                raise BrokerError(f"the broker gives no records of {', '.join(map(str, now))}")
            at |= now
            self._consumer.pause(*(TopicPartition(*each) for each in now if now[each] >= ends[each]))
            ours = [_before(block, ends[Partition(block.topic, block.partition)]) for block in found]
            yield [block for block in ours if block is not None], dict(at)

    def _end(self, each: Partition) -> int:
        return self._consumer.highwater(TopicPartition(*each)) or 0


def _before(block: Block, end: int) -> Block | None:
    """Return the records that stand before an offset."""
    if block.offsets[-1] < end:
        return block
    count = sum(offset < end for offset in block.offsets)
    return block[:count] if count else None


async def until_there(broker: str, family: Sequence[Partition]) -> None:
    """Return where all partitions of a family are there.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: one is not.
    """
    there = {Partition(*each) for each in await partitions_of(broker, sorted({each.topic for each in family}))}
    if missing := sorted(set(family) - there):
        raise TopicError([f"{each} isn't there: topics that are joined have the same partitions" for each in missing])
