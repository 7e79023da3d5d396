"""Starts the alerts service."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.alerts.config import Config
from assay.alerts.outbox import Deliverer
from assay.alerts.pipeline import Alerts
from assay.alerts.service import SERVICE, AlertsService
from assay.alerts.store import BreachStore
from assay.api.alerts.v1.alerts_pb2_grpc import add_AlertsServiceServicer_to_server
from assay.client import Catalog
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.streaming.control import ControlApp
from assay.streaming.topics import BREACHES

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Tell people of breaches until stopped; ready once the contracts are known and measurements are heard."""
    async with (
        BreachStore(config.store) as store,
        GrpcServer(
            config.grpc, [partial(add_AlertsServiceServicer_to_server, AlertsService(store))], [SERVICE]
        ) as server,
        MetricsServer(config.metrics),
        Catalog(config.registry, config.snapshot) as catalog,
        asyncio.TaskGroup() as group,
    ):
        deliverer = Deliverer(store, config.outbox)
        alerts = Alerts(catalog.contracts, store, deliverer, SystemClock(), config.retry_s)
        control = ControlApp(config.broker, "alerts", {BREACHES: alerts.take}, member=config.member)
        running = [group.create_task(deliverer.run()), group.create_task(_hear(catalog, control, server))]
        await stop.wait()
        await server.not_ready()
        for task in running:
            task.cancel()


async def _hear(catalog: Catalog, control: ControlApp, server: GrpcServer) -> None:
    """Take measurements once it is known whom to tell of them."""
    await catalog.ready()
    async with control:
        await server.ready()
        await control.watch()


if __name__ == "__main__":
    main("alerts", Config, run)
