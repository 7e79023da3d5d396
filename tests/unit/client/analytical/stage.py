"""A door that keeps what it is given, and a log of predictions that leads to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.api.ingestion.v1 import ingestion_pb2_grpc
from assay.api.models.v1 import prediction_pb2
from assay.client import Config, Predictions, Producer, Setting
from assay.client.analytical import Buffer
from assay.runtime import GrpcServer
from tests.unit.contracts.analytical.churn import FEATURES

__all__ = ["NOW_MS", "SETTING", "Door", "Stage", "staged"]

NOW_MS = 1_700_000_000_123
SETTING = Setting("churn", "7", FEATURES, classes=("no", "yes"), threshold=0.5)


class Door(ingestion_pb2_grpc.IngestionServiceServicer):
    """Takes every event while it is open."""

    def __init__(self) -> None:
        self.events: list[pb.Event] = []
        self.open, self.called, self.taken = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.open.set()

    async def PublishEvents(  # noqa: N802 -- the name is the proto's
        self, request: pb.PublishEventsRequest, context: object
    ) -> pb.PublishEventsResponse:
        self.called.set()
        await self.open.wait()
        self.events += request.events
        self.taken.set()
        taken = pb.EventResult(accepted=pb.Accepted(topic="t", partition=0, offset=0))
        return pb.PublishEventsResponse(results=[taken] * len(request.events))


class Stage:
    """What was logged, by contract."""

    def __init__(self, door: Door, log: Predictions) -> None:
        self.door, self.log = door, log

    def of(self, role: str) -> list[pb.Event]:
        return [event for event in self.door.events if event.contract == f"churn.{role}"]

    def batches(self) -> list[prediction_pb2.PredictionBatch]:
        return [prediction_pb2.PredictionBatch.FromString(event.value) for event in self.of("predictions")]

    async def answers(self) -> list[tuple[str, str]]:
        """Status and error class of each answer so far, in the order of their ids."""
        await self.log.flush()
        found = [prediction_pb2.Prediction.FromString(event.value) for event in self.of("predictions")]
        return [(each.status, each.error_class) for each in sorted(found, key=lambda each: each.prediction_id)]


@asynccontextmanager
async def staged(
    setting: Setting = SETTING,
    buffer: Buffer = Buffer(linger_ms=1),  # noqa: B008 -- frozen
    buffer_events: int = 20_000,
) -> AsyncIterator[Stage]:
    """A log that is open, at a door that serves."""
    door = Door()
    add = partial(ingestion_pb2_grpc.add_IngestionServiceServicer_to_server, door)
    async with asyncio.timeout(20), GrpcServer("127.0.0.1:0", [add], []) as server:
        address = f"127.0.0.1:{server.port}"
        try:
            async with (
                Producer(Config(address, linger_ms=1, buffer_events=buffer_events)) as producer,
                Predictions(producer, setting, buffer, now_ms=lambda: NOW_MS) as log,
            ):
                yield Stage(door, log)
        finally:
            door.open.set()
