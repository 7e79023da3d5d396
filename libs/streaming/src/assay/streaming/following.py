"""Reads a few partitions on from where it stood, each time to the end that their logs have at the moment."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from time import monotonic

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from assay.streaming import kafka
from assay.streaming.errors import BrokerError
from assay.streaming.record import Partition, Record

__all__ = ["Following"]

CHUNK = 5_000
WAIT_MS = 50
SILENCE_S = 30.0


class Following:
    """Remembers where it stands between two readings, and nothing else: no client is open in between.

    It begins at the first record that is not older than `since_ms`. A reading takes one partition after the other. Of each
    it yields what is committed when its turn comes, and waits for transactions that are open then: so a later one has all
    that led to what was found in one before it. `read` is one of them that the group reads.
    """

    def __init__(
        self, broker: str, group: str, partitions: Collection[Partition], since_ms: int, read: Partition
    ) -> None:
        self._broker = broker
        self._group = group
        self._partitions = [TopicPartition(*each) for each in partitions]
        self._read_by_group = TopicPartition(*read)
        self._since_ms = max(since_ms, 1)  # one before 1970 has a meaning of its own at the broker
        self._next: dict[TopicPartition, int] = {}
        self.committed: int = 0
        """Where the group stood in the partition that it reads before the newest reading began."""

    async def on(self) -> AsyncGenerator[list[Record]]:
        """Yield what came since, in order by partition.

        Raises:
            BrokerUnreachableError: no broker answers.
            BrokerError: the broker does not give them; the next reading gives what is missing.
        """
        reader = kafka.consumer(self._broker, group=self._group)
        await kafka.started(reader, self._broker)
        try:
            reader.assign(self._partitions)
            self.committed = await reader.committed(self._read_by_group) or 0
            if not self._next:
                self._next = await _starts(reader, self._partitions, self._since_ms)
            for each in self._partitions:
                async for records in self._read(reader, each):
                    yield records
        except KafkaError as error:
            raise BrokerError(f"the broker at {self._broker} does not give what came since: {error!r}") from error
        finally:
            await kafka.stopped(reader)

    async def _read(self, reader: AIOKafkaConsumer, each: TopicPartition) -> AsyncGenerator[list[Record]]:
        """Yield the records of one partition; that it is assigned alone makes its end one of now."""
        reader.assign([each])
        reader.seek(each, self._next[each])
        end, heard_s = None, monotonic()
        while end is None or self._next[each] < end:
            found = await reader.getmany(each, timeout_ms=WAIT_MS, max_records=CHUNK)
            if monotonic() - heard_s > SILENCE_S:
                raise BrokerError(f"the broker gives no records of {each}")
            end = reader.highwater(each) if end is None else end
            for records in found.values():
                heard_s = monotonic()
                yield records
            self._next[each] = await reader.position(each)


async def _starts(
    reader: AIOKafkaConsumer, partitions: Collection[TopicPartition], since_ms: int
) -> dict[TopicPartition, int]:
    ends = await reader.end_offsets(partitions)
    found = await reader.offsets_for_times(dict.fromkeys(partitions, since_ms))
    return {each: ends[each] if (at := found.get(each)) is None else at.offset for each in partitions}
