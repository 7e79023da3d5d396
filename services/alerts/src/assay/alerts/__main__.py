"""Starts the alerts service."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.alerts.config import Config
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.desk import Desk
from assay.alerts.history import BreachHistory
from assay.alerts.outbox import Deliverer
from assay.alerts.pipeline import Alerts
from assay.alerts.routing.router import Router
from assay.alerts.service import SERVICE, AlertsService
from assay.alerts.store import BreachStore
from assay.alerts.trials import Trials
from assay.alerts.watchers import Watchers
from assay.api.alerts.v1.alerts_pb2_grpc import add_AlertsServiceServicer_to_server
from assay.client import Catalog
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.streaming import PLATFORM_TOPICS, until_standing
from assay.streaming.control import ControlApp
from assay.streaming.topics import BREACHES

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Tell people of breaches until stopped; ready once the contracts are known."""
    async with (
        BreachStore(config.store) as store,
        MetricsServer(config.metrics),
        Catalog(config.registry, config.snapshot) as catalog,
        GrpcServer(
            config.grpc, [partial(add_AlertsServiceServicer_to_server, _service(store, catalog))], [SERVICE]
        ) as server,
        asyncio.TaskGroup() as group,
    ):
        deliverer = Deliverer(store, config.outbox)
        alerts = Alerts(catalog.contracts, store, deliverer, SystemClock(), config.retry_s)
        control = ControlApp(config.broker, "alerts", {BREACHES: alerts.take}, member=config.member)
        hearing = _hear(config.broker, catalog, control)
        running = [group.create_task(deliverer.run()), group.create_task(hearing)]
        await server.serve_until(stop, catalog.ready())
        for task in running:
            task.cancel()


def _service(store: BreachStore, catalog: Catalog) -> AlertsService:
    router = Router(catalog.contracts, SystemClock())
    deliveries = DeliveryStore(store.database, "alerts")
    desk = Desk(BreachHistory(store), deliveries, router, catalog.contracts)
    trials = Trials(desk, router, catalog.contracts, deliveries, {}, SystemClock())
    return AlertsService(desk, trials, Watchers())


async def _hear(broker: str, catalog: Catalog, control: ControlApp) -> None:
    """Take measurements once it is known whom to tell of them; `assay contract apply` makes their topic."""
    await catalog.ready()
    await until_standing(broker, PLATFORM_TOPICS)
    async with control:
        await control.watch()


if __name__ == "__main__":
    main("alerts", Config, run)
