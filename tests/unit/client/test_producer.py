"""The producer delivers every event in order, or says that it could not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import NoReturn, Protocol

import grpc
import pytest

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.api.ingestion.v1 import ingestion_pb2_grpc
from assay.client import (
    Accepted,
    Config,
    Producer,
    ProducerClosedError,
    Receipt,
    RecordTooLargeError,
    Rejected,
    UndeliveredError,
)
from assay.runtime import GrpcServer

AWAY = grpc.StatusCode.UNAVAILABLE


class Context(Protocol):
    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn: ...


class ScriptedGateway(ingestion_pb2_grpc.IngestionServiceServicer):
    """Keeps every call and answers by its script; with none left it accepts all."""

    def __init__(self, *script: grpc.StatusCode | list[str]) -> None:
        self.calls: list[list[pb.Event]] = []
        self.producers: set[str] = set()
        self.script = list(script)
        self.open = asyncio.Event()
        self.open.set()
        self.called = asyncio.Event()

    async def PublishEvents(  # noqa: N802 -- the name is the proto's
        self, request: pb.PublishEventsRequest, context: Context
    ) -> pb.PublishEventsResponse:
        self.calls.append(list(request.events))
        self.producers.add(request.producer)
        self.called.set()
        await self.open.wait()
        answer = self.script.pop(0) if self.script else ["accepted"] * len(request.events)
        if isinstance(answer, grpc.StatusCode):
            await context.abort(answer, "as the script says")
        return pb.PublishEventsResponse(results=[RESULTS[word] for word in answer])

    @property
    def values(self) -> list[bytes]:
        return [event.value for call in self.calls for event in call]


RESULTS = {
    "accepted": pb.EventResult(accepted=pb.Accepted(topic="t", partition=1, offset=7)),
    "rejected": pb.EventResult(rejected=pb.Rejected(reason="unknown_contract", message="no such")),
    "deferred": pb.EventResult(deferred=pb.Deferred(message="paused")),
}


@asynccontextmanager
async def serving(gateway: ScriptedGateway) -> AsyncIterator[str]:
    add = partial(ingestion_pb2_grpc.add_IngestionServiceServicer_to_server, gateway)
    async with asyncio.timeout(20), GrpcServer("127.0.0.1:0", [add], []) as server:
        try:
            yield f"127.0.0.1:{server.port}"
        finally:
            gateway.open.set()


async def test_events_of_a_key_arrive_in_the_order_of_emit() -> None:
    gateway = ScriptedGateway()
    async with serving(gateway) as address, Producer(Config(address, batch_events=7)) as producer:
        for number in range(100):
            await producer.emit("orders", b"%d" % number, key="k")

    assert gateway.values == [b"%d" % number for number in range(100)]


async def test_batch_under_way_holds_back_the_next_of_its_key() -> None:
    gateway = ScriptedGateway()
    gateway.open.clear()
    async with serving(gateway) as address, Producer(Config(address, batch_events=1)) as producer:
        await producer.emit("orders", b"1", key="k")
        await gateway.called.wait()
        await producer.emit("orders", b"2", key="k")

        assert producer.stats().queued == 2
        assert gateway.values == [b"1"]
        gateway.open.set()


async def test_order_of_a_key_holds_through_retries() -> None:
    gateway = ScriptedGateway(AWAY, ["accepted", "deferred"], AWAY)
    async with serving(gateway) as address, Producer(Config(address, batch_events=2)) as producer:
        for value in (b"1", b"2", b"3"):
            await producer.emit("orders", value, key="k")

    assert gateway.values == [b"1", b"2", b"1", b"2", b"2", b"2", b"3"]


@pytest.mark.parametrize(
    "code", [AWAY, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL]
)
async def test_retry_carries_the_same_ids(code: grpc.StatusCode) -> None:
    gateway = ScriptedGateway(code)
    async with serving(gateway) as address, Producer(Config(address, lanes=1)) as producer:
        await producer.emit("orders", b"1")
        await producer.emit("orders", b"2", event_id="mine")
        await producer.flush()
        stats = producer.stats()

    first, again = [[event.event_id for event in call] for call in gateway.calls]
    assert first == again
    assert first[1] == "mine"
    assert (stats.sent, stats.retried, stats.accepted, stats.queued) == (4, 2, 2, 0)


async def test_receipt_says_where_the_event_stands() -> None:
    async with serving(ScriptedGateway()) as address, Producer(address) as producer:
        receipt = await producer.emit_for_receipt("orders", {"id": 1}, key=b"k")

        assert await receipt == Accepted("t", 1, 7)


async def test_app_and_version_go_with_the_events() -> None:
    gateway = ScriptedGateway()
    async with serving(gateway) as address, Producer(Config(gateway=address, producer="shop")) as producer:
        await producer.emit("orders", b"{}", version="1.1.0")
        await producer.flush()

    assert (gateway.calls[0][0].version, gateway.producers) == ("1.1.0", {"shop"})


async def test_receipt_of_a_rejected_event_says_why() -> None:
    async with serving(ScriptedGateway(["rejected"])) as address, Producer(address) as producer:
        receipt = await producer.emit_for_receipt("orders", b"1")

        assert await receipt == Rejected("unknown_contract", "no such")
        assert producer.stats().rejected == 1


async def test_event_that_nobody_answers_for_is_undelivered_in_time() -> None:
    config = Config("127.0.0.1:1", call_s=0.1, delivery_s=0.3)
    async with asyncio.timeout(10), Producer(config) as producer:
        receipt = await producer.emit_for_receipt("orders", b"1", event_id="e")
        with pytest.raises(UndeliveredError, match=r"event e was not delivered: not within 0\.3 s"):
            await receipt

        assert (producer.stats().undelivered, producer.stats().queued) == (1, 0)


async def test_call_that_the_gateway_refuses_is_not_tried_again() -> None:
    gateway = ScriptedGateway(grpc.StatusCode.INVALID_ARGUMENT)
    async with serving(gateway) as address, Producer(address) as producer:
        receipt = await producer.emit_for_receipt("orders", b"1")
        with pytest.raises(UndeliveredError, match="INVALID_ARGUMENT"):
            await receipt

    assert len(gateway.calls) == 1


async def test_paused_contract_does_not_hold_back_another() -> None:
    gateway = ScriptedGateway(["deferred"])
    async with serving(gateway) as address, Producer(Config(address, batch_events=1)) as producer:
        paused = await producer.emit_for_receipt("paused", b"1")
        await gateway.called.wait()
        other = await producer.emit_for_receipt("orders", b"2")

        assert await other == Accepted("t", 1, 7)
        assert await paused == Accepted("t", 1, 7)


async def test_full_buffer_makes_emit_wait_for_room() -> None:
    gateway = ScriptedGateway()
    gateway.open.clear()
    async with serving(gateway) as address, Producer(Config(address, buffer_events=2, linger_ms=1)) as producer:
        await producer.emit("orders", b"1")
        await producer.emit("orders", b"2")
        third = asyncio.ensure_future(producer.emit("orders", b"3"))
        await gateway.called.wait()

        assert (third.done(), producer.stats().queued) == (False, 2)
        gateway.open.set()
        await third


async def test_batches_stay_below_their_bytes() -> None:
    gateway = ScriptedGateway()
    async with serving(gateway) as address, Producer(Config(address, batch_bytes=3_000, lanes=1)) as producer:
        for _ in range(10):
            await producer.emit("orders", b"x" * 1_000)

    assert {len(call) for call in gateway.calls} == {2}


async def test_record_above_the_limit_is_refused_at_emit() -> None:
    async with Producer("127.0.0.1:1") as producer:
        with pytest.raises(RecordTooLargeError, match="5242880 bytes, the limit is 1048576"):
            await producer.emit("orders", b"x" * 5 * 1024 * 1024)

        assert producer.stats().queued == 0


async def test_flush_returns_once_all_before_it_is_settled() -> None:
    gateway = ScriptedGateway()
    async with serving(gateway) as address, Producer(Config(address, linger_ms=60_000)) as producer:
        for number in range(10):
            await producer.emit("orders", b"1", key=str(number))
        await producer.flush()

        assert (producer.stats().accepted, producer.stats().queued) == (10, 0)


async def test_leaving_the_block_delivers_what_is_left() -> None:
    gateway = ScriptedGateway(AWAY)
    async with serving(gateway) as address:
        async with Producer(Config(address, linger_ms=60_000)) as producer:
            await producer.emit("orders", b"1")

        assert (producer.stats().accepted, producer.stats().undelivered) == (1, 0)


async def test_block_that_fails_leaves_its_own_error_and_counts_what_is_left() -> None:
    producer = Producer(Config("127.0.0.1:1", close_s=0.05))
    receipts: list[Receipt] = []

    async def fail() -> None:
        async with asyncio.timeout(10), producer:
            receipts.append(await producer.emit_for_receipt("orders", b"1"))
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await fail()
    assert producer.stats().undelivered == 1
    with pytest.raises(UndeliveredError):
        await receipts[0]


async def test_closed_producer_takes_nothing() -> None:
    async with Producer("127.0.0.1:1") as producer:
        pass

    with pytest.raises(ProducerClosedError):
        await producer.emit("orders", b"1")
