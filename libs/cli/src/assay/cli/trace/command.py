"""The way of a record, found through a running Assay."""

from __future__ import annotations

from pathlib import Path

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.cli.trace.evidence import evidence_of
from assay.cli.trace.way import Way, way
from assay.contracts import Contract, load

__all__ = ["traced"]


async def traced(identity: str, registry: str, broker: str, lake: Path | None) -> Way:
    """Answer the way of the record.

    Raises:
        CallError: the registry does not answer.
        RecordUnknownError: no published contract has the record.
    """
    return way(await evidence_of(broker, await _published(registry), identity, lake))


async def _published(registry: str) -> list[Contract]:
    async with calling("registry", registry) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        answer = await stub.ListContracts(registry_pb2.ListContractsRequest(), timeout=CALL_S)
    return [load(found.text, found.contract) for found in answer.contracts]
