"""Panes are counted once whatever becomes of the processes that merge them and of their store: held to a plain recount."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from aiokafka.structs import TopicPartition

from assay.alerts.schema import SCHEMA
from assay.api.validation.v1.pane_pb2 import Pane
from assay.runtime.database import Database
from assay.streaming import Outgoing, Publisher, TopicSpec, apply_topics, scan
from assay.streaming.ledger import POSITIONS, TABLES
from assay.testkit import Broker, Child, eventually
from assay.testkit.clients import consuming
from tests.integration.registry.postgres import postgres
from tests.performance.alerts import wrong_windows
from tests.performance.panes import panes, plain

CONTRACTS = 12
PANES = 12_000
STEPS = 6
SHARDS = 3
WITHIN_S = 90.0


@dataclass(slots=True)
class Stage:
    """A topic of panes that is filled step by step, and a store that processes fold it into."""

    broker: str
    topic: str
    store: str
    database: Database
    folder: Path
    owners: dict[str, Child] = field(default_factory=dict)
    written: int = 0

    def join(self, name: str) -> None:
        """Start an owner, or start it again."""
        command = [
            sys.executable,
            "-m",
            "tests.integration.alerts.pane_owner",
            self.broker,
            self.topic,
            self.store,
            name,
        ]
        self.owners.setdefault(name, Child(name, command, log=self.folder / f"{name}.log")).start()

    async def write(self, messages: Sequence[bytes]) -> None:
        """Publish panes as validation does: those of a raw partition in order."""
        async with Publisher(self.broker) as publisher:
            await publisher.publish([Outgoing(self.topic, None, _key(message), message) for message in messages])
        self.written += len(messages)

    async def folded(self, share: float) -> None:
        """Wait until such a share of what was written is folded."""
        await eventually(lambda: self._has_folded(share * self.written), within_s=WITHIN_S)

    async def settled(self) -> None:
        """Wait until every shard is folded to its end."""
        shards = [TopicPartition(self.topic, number) for number in range(SHARDS)]
        async with consuming(self.broker) as looker:
            ends = await looker.end_offsets(shards)
        await eventually(
            lambda: self._stands_at({each.partition: end for each, end in ends.items()}), within_s=WITHIN_S
        )

    async def _has_folded(self, least: float) -> bool:
        return sum((await self._positions()).values()) >= least

    async def _stands_at(self, ends: dict[int, int]) -> bool:
        return await self._positions() == ends

    async def _positions(self) -> dict[int, int]:
        query = sa.select(POSITIONS.c.partition, POSITIONS.c.next_offset).filter_by(ledger=self.topic)
        return await self.database.run(lambda transaction: {row[0]: row[1] for row in transaction.execute(query)})

    async def wrong(self) -> int:
        """Hold every window in the store to a recount of what is on the topic."""
        found: list[bytes] = []
        async for records in scan(self.broker, [self.topic]):
            found += [record.value or b"" for record in records]
        assert len(found) == self.written
        wrong, windows = wrong_windows(self.store, plain(found), CONTRACTS)
        assert windows > CONTRACTS
        return wrong


def _key(message: bytes) -> bytes:
    pane = Pane.FromString(message)
    return f"{pane.topic}/{pane.partition}".encode()


@asynccontextmanager
async def stage(broker: Broker, topic: str, store: str, folder: Path) -> AsyncIterator[Stage]:
    def prepare(connection: sa.Connection) -> None:
        SCHEMA.create_all(connection)
        TABLES.create_all(connection)

    await apply_topics(broker.bootstrap, [TopicSpec(topic, SHARDS)])
    async with Database(store, "STORE", prepare) as database:
        here = Stage(broker.bootstrap, topic, store, database, folder)
        try:
            yield here
        finally:
            for owner in here.owners.values():
                await owner.kill()


def steps() -> list[list[bytes]]:
    messages = [*panes(PANES, CONTRACTS)]
    return [messages[start : start + PANES // STEPS] for start in range(0, PANES, PANES // STEPS)]


async def test_an_owner_that_is_killed_again_and_again_counts_every_pane_once(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(broker, unique("panes"), f"sqlite:///{tmp_path / 'alerts.db'}", tmp_path) as here:
        here.join("one")
        for number, messages in enumerate(steps()):
            before = number / (number + 1)
            await here.write(messages)
            await here.folded(before + 0.2 / (number + 1))
            await here.owners["one"].kill()
            here.join("one")
        await here.settled()
        assert await here.wrong() == 0


async def test_owners_that_are_killed_frozen_and_joined_over_one_postgresql_count_every_pane_once(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    first, second, third, fourth, *rest = steps()
    async with postgres() as server, stage(broker, unique("panes"), server.url, tmp_path) as here:
        here.join("one")
        here.join("two")
        await here.write(first)
        await here.folded(0.3)
        await here.owners["one"].kill()
        await here.write(second)
        here.join("one")
        await here.folded(0.6)
        await server.kill()
        await here.write(third)
        server.start()
        await server.ready()
        await here.settled()
        here.owners["two"].pause()
        await here.write(fourth)
        await here.settled()  # by who is left, once the group gave up the one that says nothing
        here.owners["two"].resume()
        here.join("three")
        for messages in rest:
            await here.write(messages)
            await here.owners["three"].kill()
            here.join("three")
        await here.settled()
        assert await here.wrong() == 0
