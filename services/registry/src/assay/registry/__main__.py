"""Wires the registry and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.api.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from assay.registry.config import Config
from assay.registry.pulse import Pulse
from assay.registry.service import SERVICE, RegistryService
from assay.registry.store import ContractStore
from assay.registry.watch import Watch
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Build the parts in order of need, run until stop."""
    async with ContractStore(config.store.get_secret_value(), SystemClock()) as store:
        watch = Watch(store)
        servicer = partial(add_RegistryServiceServicer_to_server, RegistryService(store, watch))
        async with MetricsServer(config.metrics), GrpcServer(config.grpc, [servicer], [SERVICE]) as server:
            pulse = Pulse(store, watch, server.turn)
            async with asyncio.TaskGroup() as group:
                beating = group.create_task(pulse.run())
                await stop.wait()
                watch.close()
                beating.cancel()


if __name__ == "__main__":
    main("registry", Config, run)
