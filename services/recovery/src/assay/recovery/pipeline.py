"""The stream: dead letters in, replays and their settlements out, each pair in one transaction."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Collection

from assay.contracts import Contract, Repaired
from assay.recovery.errors import NotSeatedError
from assay.recovery.identity import identity_in
from assay.recovery.letter import DeadLetter, Desk, read
from assay.recovery.store import Left
from assay.runtime import Clock
from assay.runtime.database import StoreAwayError
from assay.streaming import Block, HeaderError, Outgoing, Partition, Record, Start, Step, headers, scan
from assay.streaming.keys import Keys
from assay.telemetry import get_logger, metrics

__all__ = ["Replays"]

TURN_RECORDS = 50  # dead letters between two turns of the loop: to repair one takes some 50 µs


class Replays(Step):
    """The step of the forwarder. What is settled is replayed never again, by whoever owns the partition.

    On assignment the settlements of the partition are read to their end, and its dead letters gone through from the
    beginning: so a recovery flow that comes later reaches those of before.
    """

    start = Start.BEGINNING

    def __init__(self, broker: str, clock: Clock, keys: Keys | None, left: Left) -> None:
        self._broker = broker
        self._clock = clock
        self._keys = keys
        self._left = left
        self._desks: dict[str, Desk] = {}
        self._settled: dict[Partition, set[bytes]] = {}

    @property
    def topics(self) -> Collection[str]:
        """The dead-letter topics of every contract that is seated."""
        return self._desks.keys()

    def seat(self, contract: Contract) -> bool:
        """Put a contract in force; return whether its recovery changed, so that old dead letters want another look."""
        before = self._desks.get(contract.topics.dead_letters)
        self._desks[contract.topics.dead_letters] = Desk(contract)
        get_logger().info("contract.seated", contract=contract.id, version=contract.version, flows=len(contract.flows))
        return before is not None and before.contract.flows != contract.flows

    async def assigned(self, partition: Partition, since_ms: int) -> None:  # noqa: ARG002 -- the face of a step
        desk = self._desk_of(partition.topic)
        settled: set[bytes] = set()
        async for records in scan(self._broker, [desk.contract.topics.settled], partition=partition.partition):
            settled.update(record.key for record in records if record.key)
        self._settled[partition] = settled
        await self._note(self._left.clear(*partition))

    async def judge(self, records: Block) -> list[Outgoing]:
        desk = self._desk_of(records.topic)
        settled = self._settled[Partition(records.topic, records.partition)]
        outgoing: list[Outgoing] = []
        left: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for number, record in enumerate(records):
            if number % TURN_RECORDS == TURN_RECORDS - 1:
                await asyncio.sleep(0)
            if str(headers.source_of(record)).encode() not in settled and (letter := _read(record, self._keys)):
                found = desk.repair(letter)
                if isinstance(found, Repaired):
                    outgoing.extend(self._replay(desk, letter, found))
                else:
                    left[identity_in(dict(letter.record.headers)).fingerprint][found.explanation] += 1
        await self._note(self._left.add(records.topic, records.partition, left))
        return outgoing

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        get_logger().warning("replay.refused", source=str(headers.source_of(record)), refusal=refusal)
        return []

    def _replay(self, desk: Desk, letter: DeadLetter, repaired: Repaired) -> list[Outgoing]:
        metrics.RECORDS_REPLAYED.labels(desk.contract.id, repaired.flow).inc()
        return desk.replay(letter, repaired, self._clock.now_ms)

    async def _note(self, hint: Awaitable[None]) -> None:
        """Write a hint; without its store the stream goes on all the same."""
        try:
            await hint
        except StoreAwayError as error:
            get_logger().warning("explanation.lost", error=str(error))

    def _desk_of(self, topic: str) -> Desk:
        desk = self._desks.get(topic)
        if desk is None:
            raise NotSeatedError(topic)
        return desk


def _read(record: Record, keys: Keys | None) -> DeadLetter | None:
    """Read a dead letter; one that validation did not write is left where it is."""
    try:
        return read(record, keys)
    except HeaderError as error:
        get_logger().warning("dead_letter.unreadable", error=str(error))
        return None
