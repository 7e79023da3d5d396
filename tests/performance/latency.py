"""How long a record takes from the raw topic to a reader of committed records, at a steady rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import islice
from statistics import quantiles

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from assay.streaming import Outgoing, Publisher, kafka
from tests.performance.contenders import ASSAY
from tests.performance.race import WARM_S
from tests.performance.stage import PARTITIONS, Stage, probing

__all__ = ["latencies_ms"]

TICK_S = 0.005
WARM_UP_S = 3.0
MEASURED_S = 6.0
LATE_S = 10.0


async def latencies_ms(stage: Stage, per_s: float) -> list[float]:
    """Return the 1st to 99th percentile of the milliseconds from a record's timestamp to its arrival at the reader.

    The sender stamps each record with the clock that the reader looks at; both are this process.
    """
    async with probing(stage, ASSAY.group) as probe:
        await probe.skip()
        async with ASSAY.child(stage):
            await probe.warm(1)
            reader = kafka.consumer(stage.broker.bootstrap)
            await reader.start()
            try:
                return quantiles(await _measured(stage, reader, per_s), n=100)
            finally:
                await reader.stop()


async def _measured(stage: Stage, reader: AIOKafkaConsumer, per_s: float) -> list[float]:
    targets = [TopicPartition(topic, number) for topic in stage.targets for number in range(PARTITIONS)]
    reader.assign(targets)
    await reader.seek_to_end(*targets)
    for target in targets:
        await reader.position(target)
    async with asyncio.timeout(WARM_S), asyncio.TaskGroup() as group:
        sending = group.create_task(_send(stage, per_s))
        found: list[float] = []
        seen = 0
        while not sending.done() or seen < sending.result():
            for records in (await reader.getmany(timeout_ms=100)).values():
                now_ms = time.time() * 1000
                seen += len(records)
                found.extend(now_ms - each.timestamp_ms for each in records)
    return found[int(len(found) * WARM_UP_S / (WARM_UP_S + MEASURED_S)) :]


async def _send(stage: Stage, per_s: float) -> int:
    """Write at a steady rate; return how many were written."""
    source: Iterator[Outgoing] = stage.outgoing()
    started_s, sent = time.monotonic(), 0
    async with Publisher(stage.broker.bootstrap) as publisher:
        while (age_s := time.monotonic() - started_s) < WARM_UP_S + MEASURED_S:
            now_ms = int(time.time() * 1000)
            due = [each._replace(timestamp_ms=now_ms) for each in islice(source, int(age_s * per_s) - sent)]
            sent += len(due)
            if due:
                await publisher.publish(due)
            await asyncio.sleep(TICK_S)
    return sent
