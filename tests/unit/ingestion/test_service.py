"""The gateway answers each event in its place, after the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import grpc
import pytest

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.api.ingestion.v1.ingestion_pb2_grpc import IngestionServiceStub, add_IngestionServiceServicer_to_server
from assay.ingestion.door import Door
from assay.ingestion.service import IngestionService
from assay.runtime import GrpcServer, SystemClock
from assay.streaming.errors import BrokerError, RefusedRecordError
from assay.streaming.headers import Source
from assay.streaming.record import Outgoing

DOORS = {"orders": Door("orders", "orders.raw.app", 1024), "paused": Door("paused", "p", 1024, "its topic is wrong")}
CALL_S = 5.0


class Log:
    """Keeps what is written, in memory; refuses the values it is told to, and is away when it is told so."""

    def __init__(self, refused: bytes = b"", away: bool = False) -> None:
        self.records: list[Outgoing] = []
        self.refused, self.away = refused, away
        self.open = asyncio.Event()
        self.open.set()
        self.called = asyncio.Event()

    async def publish(self, outgoing: Sequence[Outgoing]) -> list[Source]:
        self.called.set()
        await self.open.wait()
        if self.away:
            raise BrokerError("no answer")
        if any(record.value == self.refused for record in outgoing):
            raise RefusedRecordError("too large for the topic")
        start = len(self.records)
        self.records += outgoing
        return [Source(record.topic, 0, start + place) for place, record in enumerate(outgoing)]


@asynccontextmanager
async def gateway(log: Log, publish_s: float = 5.0, max_calls: int = 8) -> AsyncIterator[IngestionServiceStub]:
    service = IngestionService(log, DOORS, SystemClock(), publish_s, max_calls)
    add = partial(add_IngestionServiceServicer_to_server, service)
    async with (
        asyncio.timeout(20),
        GrpcServer("127.0.0.1:0", [add], []) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield IngestionServiceStub(channel)


async def publish(stub: IngestionServiceStub, *events: pb.Event) -> list[pb.EventResult]:
    response = await stub.PublishEvents(pb.PublishEventsRequest(events=events), timeout=CALL_S)
    return list(response.results)


def order(value: bytes) -> pb.Event:
    return pb.Event(contract="orders", value=value)


async def test_results_stand_in_the_order_of_the_events() -> None:
    async with gateway(Log()) as stub:
        results = await publish(
            stub, order(b"1"), pb.Event(contract="no", value=b"1"), pb.Event(contract="paused", value=b"1"), order(b"2")
        )

    assert [result.WhichOneof("outcome") for result in results] == ["accepted", "rejected", "deferred", "accepted"]
    assert [results[0].accepted.offset, results[3].accepted.offset] == [0, 1]
    assert results[2].deferred.message == "its topic is wrong"


@pytest.mark.parametrize("number", [0, 1001])
async def test_call_without_events_or_with_too_many_is_refused(number: int) -> None:
    async with gateway(Log()) as stub:
        with pytest.raises(grpc.aio.AioRpcError, match="send 1 to 1000") as refused:
            await publish(stub, *[order(b"1")] * number)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_thousand_events_are_taken() -> None:
    log = Log()
    async with gateway(log) as stub:
        await publish(stub, *[order(b"1")] * 1000)

    assert len(log.records) == 1000


async def test_nothing_is_acknowledged_while_the_broker_is_away() -> None:
    async with gateway(Log(away=True)) as stub:
        with pytest.raises(grpc.aio.AioRpcError, match="same event ids") as refused:
            await publish(stub, order(b"1"))

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_broker_that_is_silent_is_away() -> None:
    log = Log()
    log.open.clear()
    async with gateway(log, publish_s=0.05) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await publish(stub, order(b"1"))

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_record_that_the_broker_refuses_holds_back_no_other() -> None:
    log = Log(refused=b"5")
    async with gateway(log) as stub:
        results = await publish(stub, *[order(b"%d" % number) for number in range(10)])

    assert [number for number, result in enumerate(results) if result.HasField("rejected")] == [5]
    assert results[5].rejected.reason == "too_large"
    assert [record.value for record in log.records] == [b"%d" % number for number in range(10) if number != 5]


async def test_call_beyond_the_places_is_sent_away_and_places_are_given_back() -> None:
    log = Log()
    log.open.clear()
    async with gateway(log, max_calls=1) as stub, asyncio.TaskGroup() as group:
        first = group.create_task(publish(stub, order(b"1")))
        await log.called.wait()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await publish(stub, order(b"2"))
        log.open.set()
        await first
        await publish(stub, order(b"3"))

    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_call_above_four_mebibytes_is_refused_and_the_next_is_served() -> None:
    async with gateway(Log()) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await publish(stub, order(b"x" * 5 * 1024 * 1024))

        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert len(await publish(stub, order(b"1"))) == 1
