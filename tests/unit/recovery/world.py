"""One dead-letter partition in memory, with all that a warden reads and writes, and errors where a test wants them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.api.recovery.v1.run_pb2 import Action
from assay.recovery.offsets import BLOCK_OFFSETS
from assay.recovery.run import Run, RunState
from assay.recovery.settlement import Settlement
from assay.runtime import TransientError
from assay.streaming import Block, Outgoing, Partition, Record
from assay.streaming.cursor import Cursor, Reader
from assay.streaming.hold import Hold, Position
from assay.streaming.topics import AUDIT

__all__ = ["HERE", "IdleError", "LostError", "World"]

HERE = Partition("orders.dead-letters", 2)
QUIET = 80
"""Turns without a transaction after which nothing is left to do: more than it takes to pass over every dead letter."""


class LostError(TransientError):
    """The producer was lost."""


class IdleError(TransientError):
    """Nothing is left to do."""


@dataclass(slots=True)
class World:
    """What stands on the topics, and what the store knows of it; `losses` says which transactions are lost and how."""

    letters: list[Record] = field(default_factory=list)
    end: int = 0
    position: Position = field(default_factory=lambda: Position(0))
    replays: list[Outgoing] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    passed: list[Action] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    losses: dict[int, str] = field(default_factory=dict)
    known: int = 0
    """How many settlements the store knows."""
    transactions: int = 0

    def die(self, record: Record) -> None:
        """Append a dead letter, with a transaction marker behind it."""
        self.letters.append(record._replace(offset=self.end))
        self.end += 2

    def write(self, steps: Mapping[str, Sequence[Outgoing]], position: Position) -> None:
        """Commit a transaction, unless it is to be lost."""
        self.transactions += 1
        loss = self.losses.get(self.transactions, "")
        if loss == "before":
            raise LostError
        self.replays += steps["produce"]
        self.settlements += [Settlement.read(_record(each)) for each in steps["settlement"]]
        self.passed += [Action.FromString(each.value or b"") for each in steps["action"]]
        self.position = position
        for action in self.passed:
            run = self.runs[action.passed.run]
            self.runs[run.id] = replace(run, done=frozenset({HERE.partition}))
        if loss == "after":
            raise LostError

    def hold(self) -> Hold:
        """A hold of the partition, as a ward gives it."""
        return cast(Hold, _Hold(self))

    async def scan(
        self, broker: str, topics: Collection[str], *, partition: int, begin: int = 0, since_ms: int = 0
    ) -> AsyncGenerator[list[Record]]:
        """Read settlements, or dead letters, as `assay.streaming.scan` does."""
        assert broker
        assert partition == HERE.partition
        topic = next(iter(topics))
        if topic == HERE.topic:
            yield [record for record in self.letters if record.timestamp_ms >= since_ms]
            return
        found = [_record(each.written(topic))._replace(offset=at) for at, each in enumerate(self.settlements)]
        yield found[begin:]

    async def settled(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        assert Partition(topic, partition) == HERE
        block = bytearray(BLOCK_OFFSETS // 8)
        for each in self.settlements[: self.known]:
            block[each.place.offset // 8] |= 1 << each.place.offset % 8
        return (self.known, {0: bytes(block)}) if self.known else (None, {})

    async def active(self) -> Sequence[Run]:
        is_open = (RunState.RUNNING, RunState.PAUSED)
        return [run for run in self.runs.values() if run.state in is_open and not run.done]

    async def one(self, run_id: str) -> Run | None:
        return self.runs.get(run_id)

    async def is_at(self, audit_offset: int) -> bool:
        return audit_offset >= 0

    async def progress(self, run_id: str, partition: int, position: int, left: Mapping[str, int]) -> None:
        """Nobody looks."""

    async def left(self, partition: Partition, left: Mapping[str, Mapping[str, int]]) -> None:
        """Nobody looks."""

    async def forget_left(self, partition: Partition) -> None:
        """Nobody looks."""

    async def value(self, run_id: str) -> bytes | None:
        """Nothing is resubmitted."""

    async def drop_value(self, run_id: str) -> None:
        """Nothing is resubmitted."""


class _Hold:
    def __init__(self, world: World) -> None:
        self._world = world
        self._quiet = 0
        self.begin, self.end = 0, world.end
        self.position = world.position
        self.live = Cursor(self._reader(), world.position.offset)

    async def cursor(self, start: int, end: int) -> Cursor:
        return Cursor(self._reader(), start, end)

    async def settle(self, steps: Mapping[str, Sequence[Outgoing]], position: Position) -> None:
        if position != self.position or any(steps.values()):
            self._world.write(steps, position)
            self.position, self._quiet = position, 0

    def rest(self) -> None:
        self._quiet += 1
        if self._quiet > QUIET:
            raise IdleError

    def _reader(self) -> Reader:
        return Reader(cast(AIOKafkaConsumer, _Log(self._world)), TopicPartition(*HERE))


class _Log:
    def __init__(self, world: World) -> None:
        self._world = world
        self._at = 0

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition(*HERE)}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert partition == TopicPartition(*HERE)
        self._at = offset

    async def getmany(
        self, partition: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, Block]:
        assert timeout_ms >= 0
        waiting = [record for record in self._world.letters if record.offset >= self._at]
        found, left = waiting[:max_records], waiting[max_records:]
        self._at = left[0].offset if left else self._world.end
        return {partition: Block.of(found)} if found else {}

    async def position(self, partition: TopicPartition) -> int:
        assert partition == TopicPartition(*HERE)
        return self._at


def _record(outgoing: Outgoing) -> Record:
    assert outgoing.topic == AUDIT or outgoing.partition == HERE.partition
    return Record(outgoing.topic, outgoing.partition or 0, 0, 0, outgoing.key, outgoing.value, outgoing.headers)
