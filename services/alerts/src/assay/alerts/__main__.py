"""Starts the alerts service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.breaches import Step
from assay.alerts.channels import channels_of
from assay.alerts.config import Config
from assay.alerts.delivery.couriers import Couriers
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.desk import Desk
from assay.alerts.herald import RoutedHerald
from assay.alerts.kept_history import KeptHistory
from assay.alerts.neighbours import Neighbours
from assay.alerts.panes.fold import PaneFold
from assay.alerts.panes.forgetting import Forgetting
from assay.alerts.panes.reading import PaneReader
from assay.alerts.pipeline import Alerts
from assay.alerts.promises.evaluator import Evaluator, EvaluatorSettings
from assay.alerts.promises.watched import evaluated
from assay.alerts.routing.router import Router
from assay.alerts.service import SERVICE, AlertsService
from assay.alerts.store import BreachStore
from assay.alerts.trials import Trials
from assay.alerts.watchers import Watchers
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
    clock, reader, watchers = SystemClock(), PaneReader(), Watchers()
    channels = channels_of(config.channels, config.outbox)
    catalog = Catalog(config.registry, config.snapshot)
    router = Router(catalog.contracts, clock, channels.routes)
    book = Book(catalog.contracts, RoutedHerald(router))
    async with Database(config.store, "ASSAY_ALERTS_STORE", prepare, in_turn=True) as database:
        store, deliveries = BreachStore(database, book), DeliveryStore(database, config.member)
        async with Couriers(channels.channels, deliveries, clock) as couriers:

            def moved(steps: Sequence[Step]) -> None:
                for step in steps:
                    if step.breach is not None:
                        watchers.tell(step.breach)
                couriers.wake()

            evaluator = Evaluator(database, catalog, book, reader, clock, _settings(config), moved)
            desk = Desk(KeptHistory(database, evaluator), deliveries, router, catalog.contracts)
            trials = Trials(desk, router, catalog.contracts, deliveries, couriers.channels, clock)
            service = AlertsService(desk, trials, watchers)
            alerts = Alerts(catalog.contracts, store, moved, clock, config.retry_s)
            async with (
                MetricsServer(config.metrics),
                catalog,
                GrpcServer(config.grpc, [partial(add_AlertsServiceServicer_to_server, service)], [SERVICE]) as server,
                Ledger(config.broker, LEDGER, database, PaneFold(clock, LEDGER), member=config.member) as ledger,
                asyncio.TaskGroup() as group,
            ):
                control = ControlApp(config.broker, "alerts", {BREACHES: alerts.take}, member=config.member)
                tasks = [
                    group.create_task(couriers.run()),
                    group.create_task(Neighbours(database, watchers, config.every_s).run()),
                    group.create_task(Forgetting(database, evaluated, clock, config.retention_d).run()),
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
    """Fold panes and evaluate promises, once it is known what is promised; `assay contract apply` makes their topic."""
    await catalog.ready()
    await until_standing(broker, PLATFORM_TOPICS)
    ledger.subscribe([PANES])
    await evaluator.run()


async def _hear(broker: str, catalog: Catalog, control: ControlApp) -> None:
    """Take measurements once it is known whom to tell of them."""
    await catalog.ready()
    await until_standing(broker, PLATFORM_TOPICS)
    async with control:
        await control.watch()


if __name__ == "__main__":
    main("alerts", Config, run)
