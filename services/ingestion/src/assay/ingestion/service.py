"""The gateway's gRPC face."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn, Protocol

import grpc

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.api.ingestion.v1 import ingestion_pb2_grpc
from assay.ingestion.door import Deferral, Door, Rejection, admit, sampled_parents
from assay.ingestion.errors import BatchSizeError, BrokerAwayError, IngestionError, OverloadedError
from assay.ingestion.publication import Publishes, publish
from assay.runtime import Clock
from assay.streaming.errors import BrokerError
from assay.streaming.headers import Source
from assay.streaming.record import Outgoing
from assay.telemetry import get_logger, metrics
from assay.telemetry.trace import span

__all__ = ["SERVICE", "IngestionService"]

SERVICE = pb.DESCRIPTOR.services_by_name["IngestionService"].full_name
MAX_EVENTS = 1000
CODES: dict[type[IngestionError], grpc.StatusCode] = {
    BatchSizeError: grpc.StatusCode.INVALID_ARGUMENT,
    BrokerAwayError: grpc.StatusCode.UNAVAILABLE,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
}

Settled = Source | Rejection | Deferral
log = get_logger()


class Context(Protocol):
    """What we use of a call's gRPC context."""

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn: ...


class IngestionService(ingestion_pb2_grpc.IngestionServiceServicer):
    """Takes events in batches and answers once the broker has them."""

    def __init__(
        self, publisher: Publishes, doors: Mapping[str, Door], clock: Clock, publish_s: float, max_calls: int
    ) -> None:
        self._publisher = publisher
        self._doors = doors
        self._clock = clock
        self._publish_s = publish_s
        self._free_calls = max_calls

    async def PublishEvents(  # noqa: N802 -- the name is the proto's
        self, request: pb.PublishEventsRequest, context: Context
    ) -> pb.PublishEventsResponse:
        events = request.events
        async with _answering(context):
            if not 1 <= len(events) <= MAX_EVENTS:
                raise BatchSizeError(len(events), MAX_EVENTS)
            with (
                self._place(),
                metrics.PUBLISH_S.time(),
                span("ingestion/publish", links=sampled_parents(events), events=len(events)),
            ):
                settled = await self._settle(events, request.producer)
        self._count(events, settled)
        return pb.PublishEventsResponse(results=[_result(one) for one in settled])

    async def _settle(self, events: Sequence[pb.Event], producer: str) -> list[Settled]:
        """Return what became of each event, in their order."""
        now_ms = self._clock.now_ms()
        admitted = [admit(event, self._doors, now_ms, producer) for event in events]
        try:
            async with asyncio.timeout(self._publish_s):
                written = await publish(self._publisher, [one for one in admitted if isinstance(one, Outgoing)])
        except (BrokerError, TimeoutError) as error:
            log.warning("broker.away", error=str(error), events=len(events))
            raise BrokerAwayError from error
        places = iter(written)
        return [next(places) if isinstance(one, Outgoing) else one for one in admitted]

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Hold one of the places for calls under way; a full house sends the next one away."""
        if self._free_calls == 0:
            raise OverloadedError
        self._free_calls -= 1
        try:
            yield
        finally:
            self._free_calls += 1

    def _count(self, events: Sequence[pb.Event], settled: Sequence[Settled]) -> None:
        metrics.BATCH_EVENTS.observe(len(events))
        outcomes = Counter(
            (event.contract if event.contract in self._doors else "unknown", _outcome(one))
            for event, one in zip(events, settled, strict=True)
        )
        for (contract, outcome), number in outcomes.items():
            metrics.EVENTS_RECEIVED.labels(contract=contract, outcome=outcome).inc(number)


@asynccontextmanager
async def _answering(context: Context) -> AsyncIterator[None]:
    """Turn the gateway's errors into the status of the call."""
    try:
        yield
    except IngestionError as error:
        await context.abort(CODES[type(error)], str(error))


def _outcome(settled: Settled) -> str:
    match settled:
        case Source():
            return "accepted"
        case Rejection(reason=reason):
            return str(reason)
        case Deferral():
            return "deferred"


def _result(settled: Settled) -> pb.EventResult:
    match settled:
        case Source(topic, partition, offset):
            return pb.EventResult(accepted=pb.Accepted(topic=topic, partition=partition, offset=offset))
        case Rejection(reason, message):
            return pb.EventResult(rejected=pb.Rejected(reason=reason, message=message))
        case Deferral(message):
            return pb.EventResult(deferred=pb.Deferred(message=message))
