"""Runs the recovery service: dead letters → recovery flows → replay, and an index of what stays."""

from __future__ import annotations

import asyncio
import gc
import uuid
from collections.abc import Sequence

from assay.api.recovery.v1.recovery_pb2_grpc import add_RecoveryServiceServicer_to_server
from assay.client import Catalog
from assay.contracts import Contract
from assay.recovery.actions import Actions
from assay.recovery.alarms import Bounds, Causes, Watch, WatchSettings
from assay.recovery.book import StoredBook
from assay.recovery.config import Config
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.letter_desk import LetterDesk
from assay.recovery.pipeline import Replays
from assay.recovery.run_desk import RunDesk
from assay.recovery.seats import Seats
from assay.recovery.selecting import Selecting
from assay.recovery.service import SERVICE, RecoveryService
from assay.recovery.shelf import Shelf
from assay.recovery.store import LEDGER, Failures, IndexFold, Known, Runs, SettledOffsets, prepare
from assay.recovery.trials import Trials
from assay.recovery.upkeep import Upkeep
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.runtime.database import Database
from assay.streaming import Forwarder, LaneSettings, Publisher, TopicGate
from assay.streaming.keys import KeyFile
from assay.streaming.ledger import Ledger
from assay.streaming.topics import AUDIT_SPEC, PANES_SPEC

GARBAGE_AFTER = 50_000
"""Objects made before Python looks for garbage in cycles: records make none, and looking took a third of the index's time."""


async def run(config: Config, stop: Stop) -> None:
    """Recover until stopped; ready once the contracts are known."""
    gc.set_threshold(GARBAGE_AFTER)
    keys = KeyFile.read(config.keys, "ASSAY_RECOVERY_KEYS") if config.keys else None
    clock, known = SystemClock(), Known(opens_sealed=keys is not None)
    catalog = Catalog(config.registry, config.snapshot)
    seats = Seats(lambda: catalog.versions, keys)
    gate = TopicGate(config.broker, besides=[AUDIT_SPEC, PANES_SPEC])
    settings = LaneSettings(
        chunk_records=config.chunk_records, session_s=config.session_s, transaction_s=config.session_s / 2
    )
    async with (
        Database(config.store, "ASSAY_RECOVERY_STORE", prepare) as database,
        Publisher(config.broker) as publisher,
    ):
        index, upkeep = IndexFold(clock), Upkeep(database, clock)
        replays = Replays(config.broker, seats, StoredBook(database, keys), clock, settings)
        failures, runs, contracts = Failures(database, known), Runs(database), ContractsHere(catalog, keys)
        selecting, shelf = Selecting(failures), Shelf(config.broker, SettledOffsets(database))
        letters, trials = LetterDesk(contracts, selecting, shelf), Trials(contracts, selecting, shelf)
        actions = Actions(publisher, runs)
        desk = RunDesk(contracts, selecting, shelf, runs, actions, keys, clock, lambda: str(uuid.uuid4()))
        service = RecoveryService(failures, selecting, letters, trials, runs, desk)
        watch = Watch(config.broker, database, failures, Causes(catalog), publisher, clock, _looking(config))
        async with (
            GrpcServer(
                config.grpc, [lambda server: add_RecoveryServiceServicer_to_server(service, server)], [SERVICE]
            ) as server,
            MetricsServer(config.metrics),
            catalog,
            Forwarder(
                config.broker, "recovery", replays.wards, member=config.member, settings=settings, gate=gate
            ) as forwarder,
            Ledger(config.broker, LEDGER, database, index, member=config.member, session_s=config.session_s) as ledger,
            asyncio.TaskGroup() as group,
        ):

            async def take(contracts: Sequence[Contract]) -> None:
                for contract in contracts:
                    known.seat(contract)
                    index.seat(contract)
                    upkeep.seat(contract)
                    watch.seat(contract)
                await replays.take(contracts)
                ledger.subscribe(index.topics)
                forwarder.subscribe(replays.topics)

            tasks = [
                group.create_task(gate.run(catalog.changes(), take)),
                group.create_task(upkeep.run()),
                group.create_task(replays.run()),
                group.create_task(watch.run()),
            ]
            await server.serve_until(stop, catalog.ready())
            for task in tasks:
                task.cancel()


def _looking(config: Config) -> WatchSettings:
    bounds = Bounds(settle_s=config.alarm_settle_s, quiet_s=config.alarm_quiet_s, producer_s=config.alarm_producer_s)
    return WatchSettings(config.member or str(uuid.uuid4()), config.alarm_every_s, bounds)


if __name__ == "__main__":
    main("recovery", Config, run)
