"""How long a record takes from the raw topic to a reader of committed records, at half of what the machine can carry."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import quantiles

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from assay.streaming import Block, Onward, Record, kafka
from assay.streaming.sending import write
from tests.performance.contenders import ASSAY
from tests.performance.race import WARM_S
from tests.performance.shapes import KINDS
from tests.performance.stage import PARTITIONS, Stage, probing

__all__ = ["Waits", "waits_at_half_load"]

TICK_S = 0.005
WARM_UP_S = 3.0
MEASURED_S = 6.0
ON_THE_WAY = 20_000
"""Records that are under way at most while the full load is looked for."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The 1st to 99th percentile of the milliseconds, at a rate that is half of the full load."""

    per_s: float
    ms: list[float]


async def waits_at_half_load(stage: Stage) -> Waits:
    """Return how long records wait at half load.

    The full load is what sender, broker, Assay and reader carry together on this machine, for they share it: records
    are sent as fast as they come out. The sender stamps each record with the clock that the reader looks at; both are
    this process.
    """
    async with _path(stage) as path:
        full_per_s = await path.full_load_per_s()
    async with _path(stage) as path:
        return Waits(full_per_s / 2, quantiles(await path.waits_ms(full_per_s / 2), n=100))


@contextlib.asynccontextmanager
async def _path(stage: Stage) -> AsyncIterator[_Path]:
    """Start Assay at the end of the raw topic, and a reader at the end of what it writes."""
    async with probing(stage, ASSAY.group) as probe:
        await probe.skip()
        async with ASSAY.child(stage):
            await probe.warm(1)
            reader = kafka.consumer(stage.broker.bootstrap, blocks=True)
            await reader.start()
            try:
                targets = [TopicPartition(topic, number) for topic in stage.targets for number in range(PARTITIONS)]
                reader.assign(targets)
                await reader.seek_to_end(*targets)
                for target in targets:
                    await reader.position(target)
                sender = kafka.producer(stage.broker.bootstrap)
                await sender.start()
                try:
                    yield _Path(_made(stage), sender, reader)
                finally:
                    await sender.stop()
            finally:
                await reader.stop()


def _made(stage: Stage) -> list[Onward]:
    """Return records for each raw partition, made before the clock runs: the sender must cost little."""
    by_partition: dict[int, list[Record]] = {}
    for one in islice(stage.outgoing(), KINDS):
        number = one.partition or 0
        record = Record(stage.raw, number, 0, 0, one.key, one.value, one.headers)
        by_partition.setdefault(number, []).append(record)
    return [Onward(stage.raw, number, Block.of(records)) for number, records in by_partition.items()]


@dataclass(slots=True)
class _Path:
    """Sends records and sees them come out."""

    made: list[Onward]
    sender: AIOKafkaProducer
    reader: AIOKafkaConsumer
    sent: int = 0
    waits: list[float] = field(default_factory=list)

    async def full_load_per_s(self) -> float:
        """Return how many records come out in a second while as many are sent as may be under way."""
        async with asyncio.timeout(WARM_S), asyncio.TaskGroup() as group:
            reading = group.create_task(self._read())
            sending = group.create_task(self._send_all())
            await asyncio.sleep(WARM_UP_S)
            before, began_s = len(self.waits), time.monotonic()
            await asyncio.sleep(MEASURED_S)
            found = (len(self.waits) - before) / (time.monotonic() - began_s)
            sending.cancel()
            reading.cancel()
        return found

    async def waits_ms(self, per_s: float) -> list[float]:
        """Return the milliseconds of each record at a steady rate, those of the warming up left out."""
        async with asyncio.timeout(WARM_S), asyncio.TaskGroup() as group:
            reading = group.create_task(self._read())
            await self._send_steadily(per_s)
            while len(self.waits) < self.sent:  # noqa: ASYNC110 -- what was sent comes out, or the time is over
                await asyncio.sleep(TICK_S)
            reading.cancel()
        return self.waits[int(len(self.waits) * WARM_UP_S / (WARM_UP_S + MEASURED_S)) :]

    async def _read(self) -> None:
        while True:
            for block in (await self.reader.getmany(timeout_ms=100)).values():
                now_ms = time.time() * 1000
                self.waits.extend([now_ms - each for each in block.timestamps_ms])

    async def _send_all(self) -> None:
        while True:
            room = ON_THE_WAY - (self.sent - len(self.waits))
            await self._send(min(room, 1_000))
            await asyncio.sleep(TICK_S if room <= 0 else 0)

    async def _send_steadily(self, per_s: float) -> None:
        started_s = time.monotonic()
        while (age_s := time.monotonic() - started_s) < WARM_UP_S + MEASURED_S:
            await self._send(int(age_s * per_s) - self.sent)
            await asyncio.sleep(TICK_S)

    async def _send(self, count: int) -> None:
        """Send records of now, as many to each partition; those that were made come again and again."""
        each, now_ms = count // len(self.made), int(time.time() * 1000)
        if each <= 0:
            return
        first = self.sent // len(self.made) % (KINDS // len(self.made))
        due = [replace(one, block=_stamped(one.block[first : first + each], now_ms)) for one in self.made]
        self.sent += sum(len(one.block) for one in due)
        await write(self.sender, due, meanwhile=_nothing)


def _stamped(block: Block, now_ms: int) -> Block:
    return replace(block, timestamps_ms=[now_ms] * len(block))


async def _nothing() -> None: ...
