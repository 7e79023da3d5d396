"""The registry's gRPC face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from tempfile import TemporaryFile
from typing import NoReturn, Protocol

import grpc
from sqlalchemy.exc import DataError

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1 import registry_pb2_grpc
from assay.contracts import Contract, ContractError, load
from assay.registry.audit import Entry
from assay.registry.errors import (
    BackupDamagedError,
    ContractRefusedError,
    ContractUnknownError,
    RegistryError,
    StoreNotEmptyError,
    VersionInForceError,
    VersionMalformedError,
    VersionNotRaisedError,
    VersionTakenError,
    VersionUnknownError,
)
from assay.registry.store import ContractStore
from assay.registry.version import PublishedVersion, Token
from assay.registry.watch import Watch
from assay.runtime import AssayError
from assay.runtime.caller import actor_of
from assay.runtime.database import StoreAwayError
from assay.telemetry import get_logger, metrics

__all__ = ["SERVICE", "RegistryService"]

SERVICE = pb.DESCRIPTOR.services_by_name["RegistryService"].full_name
CODES: dict[type[AssayError], grpc.StatusCode] = {
    ContractRefusedError: grpc.StatusCode.INVALID_ARGUMENT,
    VersionMalformedError: grpc.StatusCode.INVALID_ARGUMENT,
    VersionTakenError: grpc.StatusCode.FAILED_PRECONDITION,
    VersionNotRaisedError: grpc.StatusCode.FAILED_PRECONDITION,
    VersionInForceError: grpc.StatusCode.FAILED_PRECONDITION,
    ContractUnknownError: grpc.StatusCode.NOT_FOUND,
    VersionUnknownError: grpc.StatusCode.NOT_FOUND,
    BackupDamagedError: grpc.StatusCode.INVALID_ARGUMENT,
    StoreNotEmptyError: grpc.StatusCode.FAILED_PRECONDITION,
    StoreAwayError: grpc.StatusCode.UNAVAILABLE,
}
ENDED = frozenset({"deprecated", "retired"})
PAGE_LIMIT = 500
CHUNK_BYTES = 1024 * 1024
BACKUP_LIMIT_BYTES = 4 * 1024 * 1024 * 1024

log = get_logger()


class Context(Protocol):
    """What we use of a call's gRPC context."""

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn: ...

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...


class RegistryService(registry_pb2_grpc.RegistryServiceServicer):
    """Publishes, retires, answers and watches contracts."""

    def __init__(self, store: ContractStore, watch: Watch) -> None:
        self._store = store
        self._watch = watch

    async def PublishContract(  # noqa: N802 -- the name is the proto's
        self, request: pb.PublishContractRequest, context: Context
    ) -> pb.PublishContractResponse:
        async with _answering(context):
            contract = await asyncio.to_thread(_load, request.text)
            actor, ends = actor_of(context.invocation_metadata()), contract.status in ENDED
            published, created = await self._store.publish(
                contract.id, contract.version, request.text, actor, ends=ends
            )
        if created:
            self._watch.announce()
            metrics.CONTRACTS_PUBLISHED.labels(contract=published.contract).inc()
            log.info("contract.published", contract=published.contract, version=published.version, id=published.id)
        return pb.PublishContractResponse(published=_message(published), created=created)

    async def GetContract(  # noqa: N802 -- the name is the proto's
        self, request: pb.GetContractRequest, context: Context
    ) -> pb.GetContractResponse:
        async with _answering(context):
            found = await self._store.get(request.contract, request.version)
        return pb.GetContractResponse(found=_message(found))

    async def ListContracts(  # noqa: N802 -- the name is the proto's
        self,
        request: pb.ListContractsRequest,  # noqa: ARG002 -- the shape is gRPC's
        context: Context,
    ) -> pb.ListContractsResponse:
        async with _answering(context):
            newest = await self._store.newest()
        return pb.ListContractsResponse(contracts=[_message(version) for version in newest])

    async def RetireContract(  # noqa: N802 -- the name is the proto's
        self, request: pb.RetireContractRequest, context: Context
    ) -> pb.RetireContractResponse:
        async with _answering(context):
            actor = actor_of(context.invocation_metadata())
            retired, changed = await self._store.retire(request.contract, request.version, actor)
        if changed:
            self._watch.announce()
            log.info("contract.retired", contract=retired.contract, version=retired.version, id=retired.id)
        return pb.RetireContractResponse(retired=_message(retired), changed=changed)

    async def WatchContracts(  # noqa: N802 -- the name is the proto's
        self, request: pb.WatchContractsRequest, context: Context
    ) -> AsyncIterator[pb.WatchContractsResponse]:
        after = Token(request.after.epoch, request.after.revision)
        async with _answering(context), aclosing(self._watch.follow(after)) as steps:
            async for step in steps:
                yield pb.WatchContractsResponse(
                    contract=_message(step.version) if step.version else None,
                    token=pb.WatchToken(epoch=step.token.epoch, revision=step.token.revision),
                    caught_up=step.caught_up,
                )

    async def ListAudit(  # noqa: N802 -- the name is the proto's
        self, request: pb.ListAuditRequest, context: Context
    ) -> pb.ListAuditResponse:
        limit = min(request.limit, PAGE_LIMIT) if request.limit > 0 else PAGE_LIMIT
        async with _answering(context):
            found = await self._store.audit(max(request.before, 0), limit, request.target)
        more = found[-1].number if len(found) == limit else 0
        return pb.ListAuditResponse(entries=[_entry(one) for one in found], next_before=more)

    async def Backup(  # noqa: N802 -- the name is the proto's
        self,
        request: pb.BackupRequest,  # noqa: ARG002 -- the shape is gRPC's
        context: Context,
    ) -> AsyncIterator[pb.BackupResponse]:
        with TemporaryFile() as file:
            async with _answering(context):
                await self._store.backup(file)
            await asyncio.to_thread(file.seek, 0)
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield pb.BackupResponse(chunk=chunk)

    async def Restore(  # noqa: N802 -- the name is the proto's
        self, requests: AsyncIterator[pb.RestoreRequest], context: Context
    ) -> pb.RestoreResponse:
        skip_ids, size_bytes = None, 0
        with TemporaryFile() as file:
            async with _answering(context):
                async for request in requests:
                    skip_ids = max(request.skip_ids, 0) if skip_ids is None else skip_ids
                    size_bytes += await asyncio.to_thread(file.write, request.chunk)
                    if size_bytes > BACKUP_LIMIT_BYTES:
                        raise BackupDamagedError(f"it has more than {BACKUP_LIMIT_BYTES} bytes")
                actor = actor_of(context.invocation_metadata())
                restored = await self._store.restore(file, skip_ids or 0, actor)
        log.info("store.restored", rows=restored.rows, next_id=restored.next_id)
        return pb.RestoreResponse(rows=restored.rows, next_id=restored.next_id)


@asynccontextmanager
async def _answering(context: Context) -> AsyncIterator[None]:
    """Turn the registry's errors into the status of the call."""
    try:
        yield
    except (RegistryError, StoreAwayError) as error:
        await context.abort(CODES[type(error)], str(error))
    except DataError:  # of PostgreSQL; what it says holds the statement
        await context.abort(
            grpc.StatusCode.INVALID_ARGUMENT, "a name is longer than any can be, or has the character NUL"
        )


def _load(text: bytes) -> Contract:
    try:
        return load(text)
    except ContractError as error:
        raise ContractRefusedError(error.findings) from error


def _message(version: PublishedVersion) -> pb.ContractVersion:
    return pb.ContractVersion(
        id=version.id,
        contract=version.contract,
        version=version.version,
        text=version.text,
        published_ms=version.published_ms,
        retired=version.retired,
        deprecated=version.deprecated,
    )


def _entry(entry: Entry) -> pb.AuditEntry:
    return pb.AuditEntry(
        number=entry.number,
        at_ms=entry.at_ms,
        actor=entry.actor,
        reason=entry.reason,
        action=entry.action,
        target=entry.target,
        detail=entry.detail,
    )
