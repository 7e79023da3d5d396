"""A worker whose writes are held up: it takes no more than it can write, and does not stand there for ever."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

from assay.streaming import Outgoing, Publisher
from assay.testkit import Broker, Service, running
from assay.testkit.brokers.kafka import Detour, kafka_broker
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, settled
from assay.testkit.ports import free_ports
from assay.testkit.proxy import FaultProxy

GOOD = b'{"id": "a", "amount": 1}'
WRITES = {0}  # Kafka's number of a request to produce
CHUNK, WAITING = 100, 1_000
STALL_S = "2"
ENDS_S = 30.0


async def judged(worker: Service) -> float:
    """How many records it judged, as its metrics say."""

    def read() -> str:
        with urllib.request.urlopen(f"http://{worker.metrics}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    return sum(
        map(float, re.findall(r"^assay_records_judged_total\{.*\} (.*)$", await asyncio.to_thread(read), re.MULTILINE))
    )


async def test_a_worker_that_can_not_write_takes_two_chunks_at_most_and_then_ends_with_a_line_that_says_why(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    assert durable_broker.is_durable  # its own broker is of that kind, with a second way to it
    port, to_port = free_ports(2)
    async with (
        kafka_broker(tmp_path / "kafka", lambda _: None, Detour(to_port, port)) as broker,
        FaultProxy(port, to_port) as link,
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry,
        Publisher(broker.bootstrap) as publisher,
    ):
        contract = await in_force(registry.address, broker.bootstrap, contract_text(unique("held")))
        record = Outgoing(str(contract.topics.raw_app), 0, b"k", GOOD, ())
        settings = {"registry": registry.address, "chunk_records": str(CHUNK), "stall_s": STALL_S}
        far = f"127.0.0.1:{port}"
        async with running("validation", data=tmp_path, broker=far, **settings) as worker:
            await publisher.publish([record])
            await settled(broker.bootstrap, contract, 1)
            link.hold(WRITES)
            await publisher.publish([record] * WAITING)
            await worker.says("partition.stalled")
            assert 1 < await judged(worker) <= 1 + 2 * CHUNK
            async with asyncio.timeout(ENDS_S):
                assert await worker.ended() == 1
        assert worker.said(f"assay-validation: assay.validation has not moved {record.topic}/0") == 1
