"""Takes what waits on one partition and has it judged, a chunk at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError, NoOffsetForPartitionError
from aiokafka.structs import TopicPartition

from assay.runtime import failpoint
from assay.streaming import kafka
from assay.streaming.blocks import Block, Onward
from assay.streaming.record import Outgoing, Partition
from assay.streaming.step import Step

__all__ = ["Chunk", "Intake"]

TAKES = 4  # answers of the broker in a chunk: each has 4 MB at most
NOW_S = 0.0
WHILE_SETTLING_S = 0.002


@dataclass(slots=True)
class Chunk:
    """Records of one transaction as they were taken, and what the step made of them."""

    blocks: list[Block] = field(default_factory=list)
    outgoing: list[Outgoing | Onward] = field(default_factory=list)
    before: int = 0
    """Where the chunk before it ended; transaction markers and aborted records may stand between there and here."""
    after: int = 0
    """The offset after the last record, past transaction markers."""

    def __len__(self) -> int:
        return sum(map(len, self.blocks))


class Intake:
    """The reading side of a lane.

    A chunk is closed when it is full, when nothing more waits, or `interval_s` after its first record, whichever is
    first; while the transaction before it is under way it goes on filling, for it could not be written anyway.
    """

    def __init__(
        self, group: str, partition: Partition, consumer: AIOKafkaConsumer, step: Step, wait_s: float, interval_s: float
    ) -> None:
        self._group = group
        self._partition = partition
        self._key = TopicPartition(*partition)
        self._consumer = consumer
        self._step = step
        self._wait_s = wait_s
        self._interval_s = interval_s
        self.refused: tuple[int, str] | None = None
        """The one record that the broker refuses alone, and why: its stub is what it is judged to be."""
        self.oldest_ms: int | None = None
        """The arrival of the first record of the chunk that is being taken."""
        self.passed: int | None = None
        """How far it looked and found no record, only transaction markers and aborted ones; None once it has some."""
        self._begin = 0

    def begin_at(self, offset: int) -> None:
        """Forget what was taken: the next chunk begins at this offset."""
        self._consumer.seek(self._key, offset)
        self._begin, self.passed, self.oldest_ms = offset, None, None

    async def first(self, limit: int) -> Block | None:
        """Return the records that come next; None where none came for a while."""
        found = await self._take(limit, self._wait_s)
        if not found:
            await self._pass()
        return found

    async def chunk(self, limit: int, settling: asyncio.Task[Exception | None] | None, idle_s: float) -> Chunk | None:
        """Return the next chunk, judged; None where no record came for `idle_s`, or settling has failed.

        Raises:
            TransientError: the step can't judge now.
            KafkaError: the records can't be read.
        """
        began_s, chunk = monotonic(), Chunk(before=self._begin)
        self.oldest_ms = None
        while True:
            is_settling = settling is not None and not settling.done()
            if settling is not None and settling.done() and settling.result() is not None:
                return None
            wait_s = self._wait_s if not chunk.blocks else WHILE_SETTLING_S if is_settling else NOW_S
            found = await self._take(limit - len(chunk), wait_s)
            if found:
                self.oldest_ms, self.passed = self.oldest_ms or found.timestamps_ms[0], None
                began_s = began_s if chunk.blocks else monotonic()
                chunk.outgoing += await self._judged(found)
                chunk.blocks.append(found)
            waited_s = monotonic() - began_s
            if chunk.blocks and (
                len(chunk) >= limit
                or len(chunk.blocks) >= TAKES
                or (not is_settling and (not found or waited_s >= self._interval_s))
            ):
                return await self._closed(chunk)
            if not chunk.blocks:
                await self._pass()
                if not is_settling and waited_s >= idle_s:
                    return None

    async def _take(self, limit: int, wait_s: float) -> Block | None:
        kafka.check_group(self._consumer, self._group)
        try:
            found = await self._consumer.getmany(self._key, timeout_ms=int(wait_s * 1000), max_records=limit)
        except NoOffsetForPartitionError:  # noted by the client before the first seek, told after it
            return None
        records: Block | None = found.get(self._key)
        return records

    async def _pass(self) -> None:
        """Note how far the log holds no record."""
        with suppress(IllegalStateError):  # the partition went elsewhere this moment
            self.passed = await self._consumer.position(self._key)

    async def _judged(self, records: Block) -> Sequence[Outgoing | Onward]:
        offset, refusal = self.refused or (None, "")
        if len(records) == 1 and records.offsets[0] == offset:
            self.refused = None
            return self._step.stub(records[0], refusal)
        return await self._step.judge(records)

    async def _closed(self, chunk: Chunk) -> Chunk:
        failpoint("forwarder.after_judge")
        chunk.after = self._begin = await self._consumer.position(self._key)
        log_end = max(chunk.after, self._consumer.highwater(self._key) or 0)
        chunk.outgoing += self._step.closing(self._partition, chunk.before, chunk.after, log_end)
        return chunk
