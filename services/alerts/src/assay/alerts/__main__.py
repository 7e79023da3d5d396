"""Starts the alerts service."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.config import Config
from assay.alerts.outbox import Deliverer
from assay.alerts.panes.fold import PaneFold
from assay.alerts.panes.reading import PaneReader
from assay.alerts.pipeline import Alerts
from assay.alerts.promises.evaluator import Evaluator, EvaluatorSettings
from assay.alerts.service import SERVICE, AlertsService
from assay.alerts.store import BreachStore, OutboxHerald
from assay.api.alerts.v1.alerts_pb2_grpc import add_AlertsServiceServicer_to_server
from assay.client import Catalog
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.runtime.database import Database
from assay.streaming import PLATFORM_TOPICS, until_standing
from assay.streaming.control import ControlApp
from assay.streaming.ledger import Ledger
from assay.streaming.topics import BREACHES, PANES

__all__ = ["run"]


LEDGER = "alerts-panes"
"""Not the group of those who hear of breaches: one group is one way of sharing partitions."""


async def run(config: Config, stop: Stop) -> None:
    """Measure promises and tell people of breaches until stopped; ready once the contracts are known."""
    clock, reader = SystemClock(), PaneReader()
    catalog = Catalog(config.registry, config.snapshot)
    book = Book(catalog.contracts, OutboxHerald(catalog.contracts, clock))
    async with Database(config.store, "ASSAY_ALERTS_STORE", prepare) as database:
        store = BreachStore(database, book)
        deliverer = Deliverer(store, config.outbox)
        evaluator = Evaluator(database, catalog, book, reader, clock, _settings(config), deliverer.wake)
        service = AlertsService(store)
        async with (
            GrpcServer(config.grpc, [partial(add_AlertsServiceServicer_to_server, service)], [SERVICE]) as server,
            MetricsServer(config.metrics),
            catalog,
            Ledger(config.broker, LEDGER, database, PaneFold(clock, LEDGER), member=config.member) as ledger,
            asyncio.TaskGroup() as group,
        ):
            alerts = Alerts(catalog.contracts, store, deliverer, clock, config.retry_s)
            control = ControlApp(config.broker, "alerts", {BREACHES: alerts.take}, member=config.member)
            tasks = [
                group.create_task(deliverer.run()),
                group.create_task(_hear(config.broker, catalog, control)),
                group.create_task(_measure(config.broker, catalog, ledger, evaluator)),
            ]
            await server.serve_until(stop, catalog.ready())
            for task in tasks:
                task.cancel()


def _settings(config: Config) -> EvaluatorSettings:
    return EvaluatorSettings(
        every_s=config.every_s,
        dead_s=config.dead_s,
        stuck_s=config.stuck_s,
        service_after_s=config.service_after_s,
        retention_d=config.retention_d,
    )


async def _measure(broker: str, catalog: Catalog, ledger: Ledger, evaluator: Evaluator) -> None:
    """Fold panes and evaluate promises, once it is known what is promised."""
    await catalog.ready()
    await until_standing(broker, PLATFORM_TOPICS)
    ledger.subscribe([PANES])
    await evaluator.run()


async def _hear(broker: str, catalog: Catalog, control: ControlApp) -> None:
    """Take measurements once it is known whom to tell of them; `assay contract apply` makes their topic."""
    await catalog.ready()
    await until_standing(broker, PLATFORM_TOPICS)
    async with control:
        await control.watch()


if __name__ == "__main__":
    main("alerts", Config, run)
