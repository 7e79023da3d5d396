"""Runs the drift service: logs of models → panes → windows → what is told, and what is read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa

from assay.api.drift.v1.window_pb2 import Window
from assay.client import Catalog
from assay.drift.config import Config
from assay.drift.export.lake import Export
from assay.drift.export.reading import JudgedReader
from assay.drift.live.counted import Counted
from assay.drift.live.desk import Desk
from assay.drift.live.follower import Follower
from assay.drift.live.gauges import Gauges
from assay.drift.live.live import Live
from assay.drift.live.mirror import Mirror
from assay.drift.live.news import News
from assay.drift.live.shared import connected
from assay.drift.pipeline import MERGING, Counter, merge
from assay.drift.references import TABLES, References
from assay.drift.references.learner import Learner
from assay.drift.roster import Roster
from assay.drift.service import MAX_MESSAGE_BYTES, SERVICE, DriftService
from assay.drift.windows.evaluator import Evaluator, EvaluatorSettings
from assay.drift.windows.fold import WindowFold
from assay.drift.windows.outbox import Relay
from assay.drift.windows.store import WindowStore
from assay.drift.windows.tables import SCHEMA
from assay.runtime import Clock, GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.runtime.database import Database, StoreAwayError
from assay.streaming import Publisher
from assay.streaming.ledger import Ledger
from assay.streaming.standing import Bounds
from assay.telemetry import get_logger

__all__ = ["run"]

REFRESH_S = 1.0
DAY_S = 86_400.0


async def run(config: Config, stop: Stop) -> None:
    """Count logs, judge windows and answer until stopped; ready once contracts, references and windows are known."""
    clock, catalog, roster = SystemClock(), Catalog(config.registry, config.snapshot), Roster()
    async with (
        MetricsServer(config.metrics),
        catalog,
        Database(config.store, "ASSAY_DRIFT_STORE", _prepare, in_turn=True) as database,
    ):
        references = References(database, lambda: roster.models, clock)
        await references.refresh()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_follow(catalog, roster)), group.create_task(_refresh(references))]
            if config.roles in ("all", "count"):
                counter = Counter(
                    config.broker,
                    references,
                    config.joins,
                    clock.now_ms,
                    commit_s=config.commit_s,
                    member=config.member,
                    session_s=config.session_s,
                )
                tasks.append(group.create_task(counter.run(catalog)))
            if config.roles == "count":
                async with GrpcServer(config.grpc, [], []) as server:
                    await server.serve_until(stop, catalog.ready())
            else:
                serve = _read if config.roles == "read" else _judge
                await serve(config, stop, catalog, database, references, roster, clock)
            for task in tasks:
                task.cancel()


async def _judge(
    config: Config,
    stop: Stop,
    catalog: Catalog,
    database: Database,
    references: References,
    roster: Roster,
    clock: Clock,
) -> None:
    """Merge panes, judge windows, tell what changes and answer, until stopped."""
    redis = config.live.get_secret_value()
    mirror = Mirror(connected(redis), config.latest, config.retention_d * DAY_S) if redis else None
    live = Live(config.latest, [mirror.note] if mirror else [])
    export = Export(config.lake, JudgedReader(database)) if config.lake else None
    async with Publisher(config.broker) as publisher:
        relay = Relay(database, publisher)

        def hear(judged: Sequence[Window]) -> None:
            news.hear(judged)
            relay.wake()

        evaluator = Evaluator(database, lambda: roster.models, references, clock, _settings(config), hear)
        windows = WindowStore(database, lambda: roster.models, references, clock, lambda: evaluator.listening)
        news = News(live, windows, Counted(), config.latest, config.every_s)
        service = DriftService(live, Desk(live, windows, lambda: roster.models), references)
        async with (
            GrpcServer(config.grpc, [service.serve], [SERVICE], MAX_MESSAGE_BYTES) as server,
            Ledger(
                config.broker,
                MERGING,
                database,
                WindowFold(clock, MERGING),
                member=config.member,
                session_s=config.session_s,
            ) as ledger,
            asyncio.TaskGroup() as group,
        ):

            async def ready() -> None:
                await catalog.ready()
                roster.take(catalog.contracts.values())
                await news.fill()

            tasks = [
                group.create_task(merge(config.broker, catalog, ledger, evaluator)),
                group.create_task(relay.run()),
                group.create_task(news.run()),
                group.create_task(Learner(config.broker, references, lambda: roster.models).run(windows)),
                group.create_task(Gauges(live, windows, clock).run()),
            ]
            if mirror:
                tasks.append(group.create_task(mirror.run(live)))
            if export:
                tasks.append(group.create_task(export.run()))
            await server.serve_until(stop, ready())
            for task in tasks:
                task.cancel()


async def _read(
    config: Config,
    stop: Stop,
    catalog: Catalog,
    database: Database,
    references: References,
    roster: Roster,
    clock: Clock,
) -> None:
    """Answer from what others judge, until stopped: followed in Redis, or in the store where no Redis is named."""
    redis = config.live.get_secret_value()
    live, bounds = Live(config.latest), Bounds(config.dead_s, config.stuck_s, clock.now_ms())
    windows = WindowStore(database, lambda: roster.models, references, clock, lambda: bounds)
    news = News(live, windows, Counted(), config.latest, config.every_s)
    follower = Follower(connected(redis), live) if redis else None
    service = DriftService(live, Desk(live, windows, lambda: roster.models), references)

    async def ready() -> None:
        await catalog.ready()
        roster.take(catalog.contracts.values())
        await (follower.filled() if follower else news.fill())

    async with (
        GrpcServer(config.grpc, [service.serve], [SERVICE], MAX_MESSAGE_BYTES) as server,
        asyncio.TaskGroup() as group,
    ):
        following = group.create_task(follower.run() if follower else news.run())
        showing = group.create_task(Gauges(live, windows, clock).run())
        await server.serve_until(stop, ready())
        for task in (following, showing):
            task.cancel()


async def _follow(catalog: Catalog, roster: Roster) -> None:
    """Know the models that contracts speak of."""
    async for contract in catalog.changes():
        roster.take([contract])


async def _refresh(references: References) -> None:
    """Learn of references that others set; a store that is away is asked again."""
    while True:
        await asyncio.sleep(REFRESH_S)
        try:
            await references.refresh()
        except StoreAwayError as error:
            get_logger().warning("references.not_refreshed", error=str(error))


def _settings(config: Config) -> EvaluatorSettings:
    return EvaluatorSettings(
        every_s=config.every_s, dead_s=config.dead_s, stuck_s=config.stuck_s, retention_d=config.retention_d
    )


def _prepare(connection: sa.Connection) -> None:
    SCHEMA.create_all(connection)
    TABLES.create_all(connection)


if __name__ == "__main__":
    main("drift", Config, run)
