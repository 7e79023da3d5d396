"""Reads the logs of one family together, in the order in which their records arrived, as far as that can be known."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from math import inf
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

LATE_S = 2.0
"""How long records of one log wait for another that is known to have more, and does not give it."""

AT_ONCE = 5_000
WAIT_S = 0.2
SILENCE_S = 60.0


class FamilyLogs:
    """The logs of a family, open for the block, read by one client in no group; it sees committed records only.

    While several logs have more to give, the records that arrived first come first: a reader that is behind would else
    meet one log hours ahead of another. Every call raises KafkaError where the broker does not give what is asked for.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(self, broker: str, family: Sequence[Partition]) -> None:
        self._broker = broker
        self.family = tuple(family)
        self._ahead: dict[TopicPartition, Block] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._silent: dict[TopicPartition, int] = {}
        """Where logs stand that were waited for in vain: a transaction is open there, or the broker does not give them."""

    async def __aenter__(self) -> Self:
        self._consumer: AIOKafkaConsumer = kafka.consumer(self._broker, blocks=True, fetch_wait_ms=FETCH_WAIT_MS)
        await kafka.started(self._consumer, self._broker)
        kafka.fetch_apart(self._consumer)
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

    def begin_at(self, positions: Mapping[Partition, int], ends: Mapping[Partition, int] | None = None) -> None:
        """Read these logs from now on, up to their ends, and no others; what was fetched ahead is forgotten.

        There is no turn of the loop between the two: aiokafka 0.14 makes an error of a log whose position it is not told.
        """
        self._ahead, self._ends = {}, {TopicPartition(*each): end for each, end in (ends or {}).items()}
        self._consumer.assign([TopicPartition(*each) for each in positions])
        for each, position in positions.items():
            self._consumer.seek(TopicPartition(*each), position)

    async def take(self, most: int, wait_s: float) -> list[Block]:
        """Return records that come next, `most` at most, waiting for the first of them for `wait_s` at most."""
        late = await self._look_ahead(wait_s)
        reach = min([inf, *(max(block.timestamps_ms) for key, block in self._ahead.items() if key in late)])
        stamps = [ms for block in self._ahead.values() for ms in block.timestamps_ms]
        if len(stamps) > most:
            reach = min(reach, sorted(stamps)[most] - 1)
        blocks: list[Block] = []
        for key, block in sorted(self._ahead.items(), key=lambda one: one[1].timestamps_ms[0]):
            count = _reaching(block, reach) or (0 if blocks else _reaching(block, block.timestamps_ms[0]))
            if count := min(count, most):
                blocks.append(self._cut(key, count))
                most -= count
        return blocks

    async def positions(self) -> dict[Partition, int]:
        """Return where each log that is read goes on: past transaction markers where no record is left before them."""
        return {Partition(*key): await self._position(key) for key in self._consumer.assignment()}

    async def spans(self, before: Mapping[Partition, int]) -> dict[Partition, LogSpan]:
        """Return what was read of each log since these positions."""
        positions = await self.positions()
        ends = {each: self._consumer.highwater(TopicPartition(*each)) or 0 for each in self.family}
        return {each: LogSpan(before[each], at, max(at, ends[each])) for each, at in positions.items()}

    async def between(
        self, starts: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> AsyncGenerator[tuple[list[Block], dict[Partition, int]]]:
        """Yield what stands between two positions of each log, and how far that leads.

        Raises:
            BrokerError: the broker gives nothing more, although it is there.
        """
        at, heard_s = dict(starts), monotonic()
        if behind := {each: start for each, start in starts.items() if start < ends[each]}:
            self.begin_at(behind, ends)
        while any(at[each] < ends[each] for each in behind):
            blocks, now = await self.take(AT_ONCE, WAIT_S), await self.positions()
            heard_s = heard_s if now.items() <= at.items() else monotonic()
            if monotonic() - heard_s > SILENCE_S:
                raise BrokerError(f"the broker gives no records of {', '.join(map(str, now))}")
            at |= now
            yield blocks, dict(at)

    async def _look_ahead(self, wait_s: float) -> set[TopicPartition]:
        """Have records at hand of each log that has some; return the logs that have more than that."""
        await self._fetch(0.0)
        if not self._ahead:
            await self._fetch(wait_s)
        until_s = monotonic() + LATE_S
        while self._ahead and (awaited := await self._awaited()):
            if (left_s := until_s - monotonic()) <= 0:
                self._silent |= awaited
                break
            await self._fetch(left_s)
        return {*await self._late()}

    async def _awaited(self) -> dict[TopicPartition, int]:
        """Return the logs that have more, and of which nothing is at hand, but those that were waited for in vain."""
        late = await self._late()
        return {key: at for key, at in late.items() if key not in self._ahead and self._silent.get(key) != at}

    async def _fetch(self, wait_s: float) -> None:
        """Take what the client has of the logs of which nothing is at hand."""
        lacking = [key for key in self._consumer.assignment() - self._ahead.keys() if not await self._is_over(key)]
        if not lacking:
            return
        try:
            found = await self._consumer.getmany(*lacking, timeout_ms=int(wait_s * 1000))
        except NoOffsetForPartitionError:  # noted by the client before it was told, see `Intake`
            return
        ours = {key: _before(block, self._ends.get(key)) for key, block in found.items()}
        self._ahead |= {key: block for key, block in ours.items() if block is not None}

    async def _is_over(self, key: TopicPartition) -> bool:
        """Whether a log was fetched up to where it is to be read; it then fetches no more."""
        if key not in self._ends or await self._consumer.position(key) < self._ends[key]:
            return False
        self._consumer.pause(key)
        return True

    async def _late(self) -> dict[TopicPartition, int]:
        """Return the logs that have more than what was fetched, or of which that is not known yet, and how far that is."""
        late = {}
        for key in self._consumer.assignment():
            end = self._consumer.highwater(key)
            at = await self._consumer.position(key)
            if at < min(inf if end is None else end, self._ends.get(key, inf)):
                late[key] = at
        return late

    async def _position(self, key: TopicPartition) -> int:
        if block := self._ahead.get(key):
            return block.offsets[0]
        position: int = await self._consumer.position(key)
        return min(position, self._ends.get(key, position))

    def _cut(self, key: TopicPartition, count: int) -> Block:
        """Return the first records that are at hand of a log, and keep the others."""
        block = self._ahead.pop(key)
        if count == len(block):
            return block
        self._ahead[key] = block[count:]
        return block[:count]


def _reaching(block: Block, reach: float) -> int:
    """Return how many records arrived by then, up to the first that did not."""
    return next((place for place, ms in enumerate(block.timestamps_ms) if ms > reach), len(block))


def _before(block: Block, end: int | None) -> Block | None:
    """Return the records that stand before an offset."""
    if end is None or block.offsets[-1] < end:
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
