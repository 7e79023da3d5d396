"""Runs the recovery service: dead letters → recovery flows → replay, and an index of what stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from assay.api.recovery.v1.recovery_pb2_grpc import add_RecoveryServiceServicer_to_server
from assay.client import Catalog
from assay.contracts import Contract
from assay.recovery.config import Config
from assay.recovery.pipeline import Replays
from assay.recovery.service import SERVICE, RecoveryService
from assay.recovery.store import LEDGER, Failures, IndexFold, Known, Left, prepare
from assay.recovery.upkeep import Upkeep
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.runtime.database import Database
from assay.streaming import PLATFORM_TOPICS, Forwarder, LaneSettings, TopicGate
from assay.streaming.keys import KeyFile
from assay.streaming.ledger import Ledger


async def run(config: Config, stop: Stop) -> None:
    """Recover until stopped; ready once the contracts are known."""
    keys = KeyFile.read(config.keys, "ASSAY_RECOVERY_KEYS") if config.keys else None
    clock, known = SystemClock(), Known()
    gate = TopicGate(config.broker, besides=PLATFORM_TOPICS)
    settings = LaneSettings(
        chunk_records=config.chunk_records, session_s=config.session_s, transaction_s=config.session_s / 2
    )
    async with Database(config.store, "ASSAY_RECOVERY_STORE", prepare) as database:
        index, upkeep = IndexFold(clock), Upkeep(database, clock)
        replays = Replays(config.broker, clock, keys, Left(database))
        service = RecoveryService(Failures(database, known))
        async with (
            GrpcServer(
                config.grpc, [lambda server: add_RecoveryServiceServicer_to_server(service, server)], [SERVICE]
            ) as server,
            MetricsServer(config.metrics),
            Catalog(config.registry, config.snapshot) as catalog,
            Forwarder(
                config.broker, "recovery", replays, member=config.member, settings=settings, gate=gate
            ) as forwarder,
            Ledger(config.broker, LEDGER, database, index, member=config.member) as ledger,
            asyncio.TaskGroup() as group,
        ):

            async def take(contracts: Sequence[Contract]) -> None:
                for contract in contracts:
                    known.seat(contract)
                    index.seat(contract)
                    upkeep.seat(contract)
                again = [contract.topics.dead_letters for contract in contracts if replays.seat(contract)]
                ledger.subscribe(index.topics)
                forwarder.subscribe(replays.topics)
                if again:
                    await forwarder.reopen(again)

            running = [group.create_task(gate.run(catalog.changes(), take)), group.create_task(upkeep.run())]
            await server.serve_until(stop, catalog.ready())
            for task in running:
                task.cancel()


if __name__ == "__main__":
    main("recovery", Config, run)
