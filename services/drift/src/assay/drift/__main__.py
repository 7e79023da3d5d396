"""Runs the drift service: logs of models → panes → windows → what is told, and what is read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from assay.client import Catalog
from assay.contracts import Contract
from assay.drift.config import Config
from assay.drift.counting import CountingStep
from assay.drift.references import TABLES, References
from assay.drift.roster import Roster
from assay.runtime import Clock, GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.runtime.database import Database, StoreAwayError
from assay.streaming import Forwarder, TopicGate
from assay.streaming.joint import JointSettings, joint_lanes
from assay.streaming.topics import DRIFT_PANES_SPEC
from assay.telemetry import get_logger

__all__ = ["run"]

COUNTING = "drift-counting"
REFRESH_S = 1.0


async def run(config: Config, stop: Stop) -> None:
    """Count logs, judge windows and answer until stopped; ready once the contracts are known."""
    clock, catalog, roster = SystemClock(), Catalog(config.registry, config.snapshot), Roster()
    async with (
        MetricsServer(config.metrics),
        catalog,
        Database(config.store, "ASSAY_DRIFT_STORE", TABLES, in_turn=True) as database,
    ):
        references = References(database, lambda: roster.models, clock)
        await references.refresh()
        async with GrpcServer(config.grpc, [], []) as server, asyncio.TaskGroup() as group:
            tasks = [group.create_task(_refresh(references))]
            if config.roles in ("all", "count"):
                tasks.append(group.create_task(_count(config, catalog, references, roster, clock)))
            await server.serve_until(stop, catalog.ready())
            for task in tasks:
                task.cancel()


async def _refresh(references: References) -> None:
    """Learn of references that others set; a store that is away is asked again."""
    while True:
        await asyncio.sleep(REFRESH_S)
        try:
            await references.refresh()
        except StoreAwayError as error:
            get_logger().warning("references.not_refreshed", error=str(error))


async def _count(config: Config, catalog: Catalog, references: References, roster: Roster, clock: Clock) -> None:
    """Count the logs of every model whose topics stand."""
    gate = TopicGate(config.broker, besides=[DRIFT_PANES_SPEC])
    step = CountingStep(roster.by_lead, references, config.joins, clock.now_ms)
    lanes = joint_lanes(config.broker, step, JointSettings(commit_interval_s=config.commit_s))
    async with Forwarder(config.broker, COUNTING, lanes, member=config.member, gate=gate) as forwarder:

        async def take(contracts: Sequence[Contract]) -> None:
            again = roster.take(contracts)
            forwarder.subscribe(roster.by_lead)
            if again:
                await forwarder.reopen(again)

        await gate.run(catalog.changes(), take)


if __name__ == "__main__":
    main("drift", Config, run)
