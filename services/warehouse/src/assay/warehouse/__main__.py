"""Runs the warehouse service: validated records → lake, a day of the lake → promises and warehouse."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from assay.api.warehouse.v1.warehouse_pb2_grpc import add_WarehouseServiceServicer_to_server
from assay.client import Catalog
from assay.contracts import Contract
from assay.runtime import GrpcServer, MetricsServer, Stop, main
from assay.streaming import PartitionReader, Publisher, TopicGate
from assay.warehouse.archive import Archive
from assay.warehouse.config import Config
from assay.warehouse.pipeline import Archiver, Limits
from assay.warehouse.service import NAME, WarehouseServicer
from assay.warehouse.store import Warehouse

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Build the parts in order of need, run until stop; ready once the contracts are known."""
    archive = Archive(config.lake)
    archiver = Archiver(archive, _limits(config))
    warehouse = Warehouse(config.warehouse, config.busy_s)
    gate = TopicGate(config.broker)
    async with (
        MetricsServer(config.metrics),
        Catalog(config.registry, snapshot=config.snapshot) as catalog,
        Publisher(config.broker) as publisher,
        PartitionReader(
            config.broker, config.group, archiver, member=config.member, session_s=config.session_s
        ) as reader,
    ):
        servicer = WarehouseServicer(catalog.contracts, archive, warehouse, publisher)
        add = partial(add_WarehouseServiceServicer_to_server, servicer)

        async def take(contracts: Sequence[Contract]) -> None:
            for contract in contracts:
                archiver.seat(contract)
            reader.subscribe(archiver.topics)

        async with GrpcServer(config.grpc, [add], [NAME]) as server, asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(gate.run(catalog.changes(), take)),
                group.create_task(archiver.run(reader)),
                group.create_task(_ready(catalog, server)),
            ]
            await stop.wait()
            await server.not_ready()
            for task in tasks:
                task.cancel()


def _limits(config: Config) -> Limits:
    return Limits(config.flush_rows, config.flush_bytes, config.flush_s, config.retry_s, config.compact_commits)


async def _ready(catalog: Catalog, server: GrpcServer) -> None:
    await catalog.ready()
    await server.ready()


if __name__ == "__main__":
    main("warehouse", Config, run)
