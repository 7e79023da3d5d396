"""Wires the gateway and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
from functools import partial

from assay.api.ingestion.v1.ingestion_pb2_grpc import add_IngestionServiceServicer_to_server
from assay.client import Catalog
from assay.contracts import Contract
from assay.ingestion.config import Config
from assay.ingestion.doors import Doors
from assay.ingestion.service import SERVICE, IngestionService
from assay.runtime import GrpcServer, MetricsServer, Stop, SystemClock, main
from assay.streaming.publisher import Publisher
from assay.streaming.topics import check_topics, specs_of

__all__ = ["run"]


async def run(config: Config, stop: Stop) -> None:
    """Build the parts in order of need, run until stop."""
    doors = Doors(partial(_check_topic, config.broker))
    async with Catalog(config.registry, config.snapshot) as catalog, Publisher(config.broker) as publisher:
        service = IngestionService(publisher, doors.doors, SystemClock(), config.publish_s, config.max_calls)
        servicer = partial(add_IngestionServiceServicer_to_server, service)
        async with (
            MetricsServer(config.metrics),
            GrpcServer(config.grpc, [servicer], [SERVICE]) as server,
            asyncio.TaskGroup() as group,
        ):
            opening = group.create_task(_open(catalog, doors, server))
            await stop.wait()
            opening.cancel()


async def _open(catalog: Catalog, doors: Doors, server: GrpcServer) -> None:
    """Open the doors once all contracts are known, and keep them right."""
    await catalog.ready()
    for contract in list(catalog.contracts.values()):
        await doors.place(contract)
    await server.ready()
    await doors.run(catalog.changes())


async def _check_topic(broker: str, contract: Contract) -> list[str]:
    """Return what is wrong with the one topic that the gateway writes."""
    return await check_topics(broker, [spec for spec in specs_of(contract) if spec.name == contract.topics.raw_app])


if __name__ == "__main__":
    main("ingestion", Config, run)
