"""Runs the validation service: raw records → verdict → validated or dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from assay.client import Catalog
from assay.contracts import Contract
from assay.runtime import GrpcServer, MetricsServer, Stop, main
from assay.streaming import Forwarder, LaneSettings, TopicGate
from assay.streaming.keys import KeyFile
from assay.validation.config import Config
from assay.validation.pipeline import Validation


async def run(config: Config, stop: Stop) -> None:
    """Judge until stopped; ready once the contracts are known."""
    validation = Validation(KeyFile.read(config.keys, "ASSAY_VALIDATION_KEYS"))
    gate = TopicGate(config.broker)
    settings = LaneSettings(
        chunk_records=config.chunk_records, session_s=config.session_s, transaction_s=config.session_s / 2
    )
    async with (
        GrpcServer(config.grpc, [], []) as server,
        MetricsServer(config.metrics),
        Catalog(config.registry, config.snapshot) as catalog,
        Forwarder(
            config.broker, "validation", validation, member=config.member, settings=settings, gate=gate
        ) as forwarder,
        asyncio.TaskGroup() as group,
    ):

        async def take(contracts: Sequence[Contract]) -> None:
            for contract in contracts:
                validation.seat(contract)
            forwarder.subscribe(validation.topics)

        admitting = group.create_task(gate.run(catalog.changes(), take))
        await server.serve_until(stop, catalog.ready())
        admitting.cancel()


if __name__ == "__main__":
    main("validation", Config, run)
