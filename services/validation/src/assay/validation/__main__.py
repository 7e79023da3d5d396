"""Runs the validation service: raw records → verdict → validated or dead letters, and panes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence

from assay.api.validation.v1.validation_pb2_grpc import add_ValidationServiceServicer_to_server
from assay.client import Catalog
from assay.contracts import Contract, Judged
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.streaming import Forwarder, LaneSettings, Publisher, TopicGate
from assay.streaming.keys import KeyFile
from assay.streaming.topics import PANES_SPEC
from assay.validation.config import Config
from assay.validation.explainer import Explainer
from assay.validation.heartbeat import Heartbeat
from assay.validation.judges import Seat
from assay.validation.pipeline import Validation
from assay.validation.seating import Seating
from assay.validation.service import SERVICE, ValidationService

GARBAGE_AFTER = 50_000
"""Objects made before Python looks for garbage in cycles: records make none, and 700 is every third of a slice."""

WATCH_S = 5.0
"""How often partitions are looked at; more often where a stall is to be seen sooner."""


async def run(config: Config, stop: Stop) -> None:
    """Judge until stopped; ready once the contracts are known."""
    gc.set_threshold(GARBAGE_AFTER)
    clock = SystemClock()
    catalog = Catalog(config.registry, config.snapshot)
    seating = Seating(catalog, config.unknown_schema_wait_s)
    keys = KeyFile.read(config.keys, "ASSAY_VALIDATION_KEYS")
    gate = TopicGate(config.broker, besides=[PANES_SPEC])
    async with Explainer() as explainer:

        async def explain(seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]) -> Sequence[Judged]:
            return await explainer.explain(seat.contract, seat.contract.form, values, arrived_ms)

        service = ValidationService(seating, clock, explain)
        validation = Validation(config.broker, seating, keys, clock, replay_quota=config.replay_quota, explain=explain)
        async with (
            GrpcServer(
                config.grpc, [lambda server: add_ValidationServiceServicer_to_server(service, server)], [SERVICE]
            ) as server,
            MetricsServer(config.metrics),
            catalog,
            Publisher(config.broker) as publisher,
            Forwarder(
                config.broker, "validation", validation, member=config.member, settings=_settings(config), gate=gate
            ) as forwarder,
            asyncio.TaskGroup() as group,
        ):

            async def take(contracts: Sequence[Contract]) -> None:
                again = await validation.take(contracts)
                forwarder.subscribe(validation.topics)
                if again:
                    await forwarder.reopen(again)

            heartbeat = Heartbeat(publisher, seating, clock)
            tasks = [
                group.create_task(gate.run(catalog.changes(), take)),
                group.create_task(heartbeat.run(lambda: forwarder.standing)),
            ]
            await server.serve_until(stop, catalog.ready())
            for task in tasks:
                task.cancel()


def _settings(config: Config) -> LaneSettings:
    return LaneSettings(
        chunk_records=config.chunk_records,
        commit_interval_s=config.commit_interval_ms / 1000,
        session_s=config.session_s,
        transaction_s=config.session_s / 2,
        stall_s=config.stall_s,
        watch_s=min(WATCH_S, config.stall_s / 2),
    )


if __name__ == "__main__":
    main("validation", Config, run)
