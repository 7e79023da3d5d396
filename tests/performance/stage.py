"""What the contenders of one shape share: a broker, a registry with the contract in force, a full raw topic."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.contracts import Contract
from assay.contracts.schema import json_schema
from assay.streaming import Outgoing, Publisher, headers, kafka
from assay.streaming.keys import KeyFile
from assay.testkit import Broker, Service, running
from assay.testkit.outcome import in_force
from tests.performance.shapes import Shape

__all__ = ["PARTITIONS", "Probe", "Stage", "probing", "staged"]

PARTITIONS = 2
AT_ONCE = 2_000
JOIN_S = 60.0
WARM_RECORDS = 2_000
JOIN_POLL_S = 0.1
SAMPLED_EVERY = 100  # records of a trace that its producer samples


@dataclass(frozen=True, slots=True)
class Stage:
    """A raw topic, and the names that the contenders need."""

    shape: Shape
    broker: Broker
    registry: Service
    contract: Contract
    data: Path

    @property
    def raw(self) -> str:
        """The topic that everyone reads."""
        assert self.contract.topics.raw_app is not None
        return self.contract.topics.raw_app

    @property
    def targets(self) -> tuple[str, str]:
        """The topics that everyone writes: valid records, and the others."""
        return self.contract.topics.validated, self.contract.topics.dead_letters

    @property
    def schema(self) -> Path:
        """The contract's structure as JSON Schema, for those who know no contract."""
        return self.data / "schema.json"

    @property
    def keys(self) -> Path:
        """The key file that dead letters may be sealed with."""
        return self.data / "keys.json"

    def outgoing(self) -> Iterator[Outgoing]:
        """Give records without an end, as the door writes them: with a key, an event id and a trace context."""
        for number, value in zip(count(), cycle(self.shape.values()), strict=False):
            flag = "01" if number % SAMPLED_EVERY == 0 else "00"
            found = (
                (headers.EVENT_ID, str(uuid.UUID(int=number + (7 << 76))).encode()),
                (headers.TRACEPARENT, f"00-{number + 1:032x}-{number + 1:016x}-{flag}".encode()),
            )
            yield Outgoing(self.raw, number % PARTITIONS, f"customer-{number % 997}".encode(), value, found)

    async def fill(self, records: int) -> None:
        """Write that many records."""
        source = islice(self.outgoing(), records)
        async with Publisher(self.broker.bootstrap) as publisher:
            while batch := list(islice(source, AT_ONCE)):
                await publisher.publish(batch)


@contextlib.asynccontextmanager
async def staged(broker: Broker, shape: Shape, records: int, data: Path) -> AsyncIterator[Stage]:
    """Put the contract in force and fill its raw topic."""
    data.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 -- before anything is measured
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, shape.contract(PARTITIONS))
        stage = Stage(shape, broker, registry, contract, data)
        KeyFile.create(stage.keys)
        stage.schema.write_text(json.dumps(json_schema(contract)))
        await stage.fill(records)
        yield stage


@contextlib.asynccontextmanager
async def probing(stage: Stage, group: str) -> AsyncIterator[Probe]:
    """Look at how far a group, or a writer without one, has come."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stage.broker.bootstrap, group_id=group or None, enable_auto_commit=False
    )
    await consumer.start()
    try:
        yield Probe(consumer, group, stage)
    finally:
        await consumer.stop()


class Probe:
    """Tells the progress of one contender in records, by its committed offsets or by what it wrote."""

    def __init__(self, consumer: AIOKafkaConsumer, group: str, stage: Stage) -> None:
        self._stage = stage
        self._consumer = consumer
        self._group = group
        topics = (stage.raw,) if group else stage.targets
        self._partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        self._before = 0

    async def rewind(self) -> None:
        """Begin at nothing: the group, which has no member, is at the start of the log; what was written is no matter."""
        await self._move(dict.fromkeys(self._partitions, 0))

    async def skip(self) -> None:
        """Begin at the end of the log: the group, which has no member, has nothing to do yet."""
        await self._move(await self._consumer.end_offsets(self._partitions))

    async def joined(self, members: int) -> None:
        """Return once the group has that many members, and each knows its partitions."""
        async with asyncio.timeout(JOIN_S), kafka.admin(self._stage.broker.bootstrap) as admin:
            while True:
                (answer,) = await admin.describe_consumer_groups([self._group])
                _code, _group, state, _type, _protocol, found, *_ = answer.groups[0]
                if state == "Stable" and len(found) == members:
                    return
                await asyncio.sleep(JOIN_POLL_S)

    async def warm(self, members: int) -> None:
        """Begin once that many members have their partitions and have judged something, refused records too."""
        await self.joined(members)
        await self._stage.fill(WARM_RECORDS)
        async with asyncio.timeout(JOIN_S):
            while await self.records() < WARM_RECORDS:  # noqa: ASYNC110 -- another process tells of no event
                await asyncio.sleep(JOIN_POLL_S)
        self._before = await self._done()

    async def records(self) -> int:
        """Return how many records are done since the beginning."""
        return await self._done() - self._before

    async def _move(self, offsets: dict[TopicPartition, int]) -> None:
        if self._group:
            self._consumer.assign(self._partitions)
            await self._consumer.commit(offsets)
        self._before = await self._done()

    async def _done(self) -> int:
        if self._group:
            return sum([await self._consumer.committed(each) or 0 for each in self._partitions])
        return sum((await self._consumer.end_offsets(self._partitions)).values())
