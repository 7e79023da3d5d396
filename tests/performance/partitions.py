"""What exactly once costs by the number of partitions: the loop of validation with its transactions, and without.

`python tests/performance/partitions.py HOST:PORT [--records N] [--partitions 4,32,128]` prints a line of JSON for each
number of partitions. Both sides run validation's step on the same topics, at the default settings, each in turn, in
rounds; the side without transactions writes the same records through one idempotent producer and commits to the group.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest import mock

import structlog
from aiokafka import AIOKafkaProducer

from assay.contracts import Contract, load
from assay.runtime import SystemClock
from assay.streaming import (
    PLATFORM_TOPICS,
    Forwarder,
    Outgoing,
    Partition,
    Publisher,
    apply_topics,
    kafka,
    specs_of,
)
from assay.streaming.lane import Lane
from assay.streaming.sending import write
from assay.testkit.builders import contract_text
from assay.validation.pipeline import Validation
from assay.validation.seating import Seating

ROUNDS = 3
RECORD = json.dumps({"id": "x" * 260, "amount": 7}).encode()


class Counted(Validation):
    """Validation that goes through every record again and tells when all are settled."""

    records = 0

    async def resumes(self, partition: Partition, since_ms: int | None) -> int | None:
        return None

    async def assigned(self, partition: Partition, since_ms: int) -> None:
        await super().assigned(partition, since_ms)
        self._began = getattr(self, "_began", None) or (time.process_time(), time.monotonic())
        self._taken: dict[Partition, list[int]] = getattr(self, "_taken", {})
        self._taken.setdefault(partition, [])
        self._settled = getattr(self, "_settled", 0)
        self.done = getattr(self, "done", None) or asyncio.Event()

    def closing(self, partition: Partition, before: int, after: int, log_end: int) -> list[Outgoing]:
        self._taken[partition].append(after)
        return super().closing(partition, before, after, log_end)

    def committed(self, partition: Partition) -> None:
        self._ends = {**getattr(self, "_ends", {}), partition: self._taken[partition].pop(0)}
        self._settled = sum(self._ends.values())
        if self._settled >= self.records:
            self.took = (time.process_time() - self._began[0], time.monotonic() - self._began[1])
            self.done.set()


@contextmanager
def without_transactions(shared: AIOKafkaProducer) -> Iterator[None]:
    """Let every lane write through one idempotent producer and commit to the group beside it."""

    async def settle(lane: Any, _producer: AIOKafkaProducer, chunk: Any) -> None:
        async def nothing() -> None: ...

        await write(shared, chunk.outgoing, meanwhile=nothing)
        await lane._consumer.commit({lane._key: chunk.after})
        lane._step.committed(lane._partition)

    with mock.patch.object(Lane, "_settle", settle):
        yield


async def fill(broker: str, contract: Contract, records: int) -> None:
    """Write the same number of records to every partition."""
    assert contract.topics.raw_app is not None
    each = records // contract.partitions
    async with Publisher(broker) as publisher:
        for partition in range(contract.partitions):
            for start in range(0, each, 5_000):
                count = min(5_000, each - start)
                await publisher.publish([Outgoing(contract.topics.raw_app, partition, b"k", RECORD)] * count)


async def run(broker: str, contract: Contract, records: int) -> tuple[float, float]:
    """Forward all records; return CPU and wall, in µs a record."""
    known: Any = SimpleNamespace(versions=MappingProxyType({}), is_current=True)
    step = Counted(broker, Seating(known), mock.sentinel.keys, SystemClock())
    step.records = records
    await step.take([contract])
    step.done = asyncio.Event()
    async with Forwarder(broker, f"partitions-{uuid.uuid4().hex[:8]}", step) as forwarder:
        forwarder.subscribe([str(contract.topics.raw_app)])
        async with asyncio.timeout(300):
            await step.done.wait()
    return step.took[0] / records * 1e6, step.took[1] / records * 1e6


async def measure(broker: str, partitions: int, records: int) -> dict[str, object]:
    """Run both sides in turn; the tax is the median over the rounds."""
    contract = load(contract_text(f"tax-{uuid.uuid4().hex[:8]}", partitions=partitions))
    await apply_topics(broker, (*PLATFORM_TOPICS, *specs_of(contract)))
    await fill(broker, contract, records)
    total = records // partitions * partitions
    await run(broker, contract, total)  # warms what is made once
    cpu, wall = [], []
    seen = []
    for _ in range(ROUNDS):
        exactly_once = await run(broker, contract, total)
        shared = kafka.producer(broker)
        await kafka.started(shared, broker)
        try:
            with without_transactions(shared):
                plain = await run(broker, contract, total)
        finally:
            await kafka.stopped(shared)
        cpu.append(exactly_once[0] / plain[0] - 1)
        wall.append(exactly_once[1] / plain[1] - 1)
        seen.append(
            {"exactly_once": [round(one, 2) for one in exactly_once], "plain": [round(one, 2) for one in plain]}
        )
    return {
        "partitions": partitions, "records": total, "tax_cpu": round(statistics.median(cpu), 3),
        "tax_wall": round(statistics.median(wall), 3), "us_per_record_cpu_wall": seen,
    }  # fmt: skip


def main() -> None:
    """Measure at each number of partitions."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("broker")
    parser.add_argument("--records", type=int, default=256_000)
    parser.add_argument("--partitions", default="4,32,128")
    given = parser.parse_args()
    for partitions in map(int, given.partitions.split(",")):
        sys.stdout.write(json.dumps(asyncio.run(measure(given.broker, partitions, given.records))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
