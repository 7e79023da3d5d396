"""Wires the registry and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.api.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from assay.registry.config import Config
from assay.registry.pulse import Pulse
from assay.registry.rest.keeper import Keeper
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.server import HttpServer
from assay.registry.rest.wiring import rest_app
from assay.registry.service import SERVICE, RegistryService
from assay.registry.store import ContractStore
from assay.registry.subject_store.store import SubjectStore
from assay.registry.watch import Watch
from assay.registry.workers import Workers
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Build the parts in order of need, run until stop."""
    clock = SystemClock()
    async with ContractStore(config.store.get_secret_value(), clock) as store, Workers() as workers:
        watch = Watch(store)
        servicer = partial(add_RegistryServiceServicer_to_server, RegistryService(store, watch))
        subjects, ready = SubjectStore(store.database), ReadyBytes()
        async with (
            MetricsServer(config.metrics),
            Keeper(subjects, ready),
            HttpServer(config.http, rest_app(subjects, workers, clock, ready)),
            GrpcServer(config.grpc, [servicer], [SERVICE]) as server,
        ):
            pulse = Pulse(store, watch, server.turn)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(pulse.run()), group.create_task(workers.warm())]
                await stop.wait()
                watch.close()
                for task in tasks:
                    task.cancel()


if __name__ == "__main__":
    main("registry", Config, run)
