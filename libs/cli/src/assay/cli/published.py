"""Versions in the registry, for a person: read one, retire one."""

from __future__ import annotations

import asyncio

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.contracts import Contract, load

__all__ = ["contract_of", "retired", "version_of"]


async def version_of(contract: str, registry: str, version: str = "") -> registry_pb2.ContractVersion:
    """Return a version of a contract as it is published, the newest where none is named.

    Raises:
        CallError: the registry does not answer, or has no such version.
    """
    async with calling("registry", registry) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        request = registry_pb2.GetContractRequest(contract=contract, version=version)
        return (await stub.GetContract(request, timeout=CALL_S)).found


async def contract_of(contract: str, registry: str, version: str = "") -> Contract:
    """Return a version of a contract, the newest where none is named.

    Raises:
        CallError: the registry does not answer, or has no such version.
    """
    found = await version_of(contract, registry, version)
    return await asyncio.to_thread(load, found.text, f"{contract}@{found.version}")


async def retired(contract: str, version: str, registry: str, reason: str = "") -> bool:
    """Retire a version for this reason; return False where it was retired already.

    Raises:
        CallError: the registry does not answer, has no such version, or it is the newest.
    """
    async with calling("registry", registry, reason) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        request = registry_pb2.RetireContractRequest(contract=contract, version=version)
        return (await stub.RetireContract(request, timeout=CALL_S)).changed
