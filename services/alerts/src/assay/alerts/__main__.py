"""Starts the alerts service."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.alerts.config import Config
from assay.alerts.outbox import Deliverer
from assay.alerts.pipeline import Alerts
from assay.alerts.service import NAME, AlertsServicer
from assay.alerts.store import BreachStore
from assay.api.alerts.v1.alerts_pb2_grpc import add_AlertsServiceServicer_to_server
from assay.client import Catalog
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.streaming.control import ControlApp
from assay.streaming.topics import BREACHES

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Build the parts in order of need and run until stop."""
    async with (
        Catalog(config.registry, snapshot=config.snapshot) as catalog,
        BreachStore(config.store) as store,
        GrpcServer(
            config.grpc, [partial(add_AlertsServiceServicer_to_server, AlertsServicer(store))], [NAME]
        ) as server,
        MetricsServer(config.metrics),
        asyncio.TaskGroup() as group,
    ):
        await catalog.ready()
        deliverer = Deliverer(store, config.outbox)
        alerts = Alerts(catalog.contracts, store, deliverer, SystemClock(), config.retry_s)
        control = ControlApp("assay.alerts", config.broker, {BREACHES: alerts.take})
        delivery = group.create_task(deliverer.run())
        async with control:
            await server.ready()
            await control.serve(stop)
        delivery.cancel()


if __name__ == "__main__":
    main("alerts", Config, run)
