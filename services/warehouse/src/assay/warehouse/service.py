"""The gRPC face of the warehouse."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Mapping
from typing import NoReturn

import grpc

from assay.api.warehouse.v1 import warehouse_pb2, warehouse_pb2_grpc
from assay.contracts import Contract
from assay.runtime import AssayError
from assay.streaming import BrokerError, Publisher
from assay.telemetry import get_logger, metrics
from assay.telemetry.trace import span
from assay.warehouse.archive import Archive
from assay.warehouse.checked_days import checked_days
from assay.warehouse.day import Day
from assay.warehouse.errors import ArchiveEmptyError, ContractUnknownError, DayError, LakeAwayError, WarehouseBusyError
from assay.warehouse.slices import SliceResult, run_slice
from assay.warehouse.store import Warehouse
from assay.warehouse.wire import announcements, listed, response

__all__ = ["NAME", "WarehouseServicer"]

NAME = warehouse_pb2.DESCRIPTOR.services_by_name["WarehouseService"].full_name
CODES: dict[type[AssayError], grpc.StatusCode] = {
    DayError: grpc.StatusCode.INVALID_ARGUMENT,
    ContractUnknownError: grpc.StatusCode.NOT_FOUND,
    ArchiveEmptyError: grpc.StatusCode.FAILED_PRECONDITION,
    LakeAwayError: grpc.StatusCode.UNAVAILABLE,
    WarehouseBusyError: grpc.StatusCode.UNAVAILABLE,
    BrokerError: grpc.StatusCode.UNAVAILABLE,
}
log = get_logger()


class WarehouseServicer(warehouse_pb2_grpc.WarehouseServiceServicer):
    """Runs slices, one at a time for each contract."""

    def __init__(
        self, contracts: Mapping[str, Contract], archive: Archive, warehouse: Warehouse, publisher: Publisher
    ) -> None:
        self._contracts = contracts
        self._archive = archive
        self._warehouse = warehouse
        self._publisher = publisher
        self._running: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def RunSlice(  # noqa: N802 -- the name on the wire
        self,
        request: warehouse_pb2.RunSliceRequest,
        context: grpc.aio.ServicerContext[warehouse_pb2.RunSliceRequest, Awaitable[warehouse_pb2.RunSliceResponse]],
    ) -> warehouse_pb2.RunSliceResponse:
        try:
            contract = self._contract(request.contract)
            day = await asyncio.to_thread(Day.parse, request.day, contract.timezone)  # reads the zone from disk
            with span("warehouse/run_slice", contract=contract.id, day=str(day)):
                async with self._running[contract.id]:
                    result = await self._run(contract, day)
        except AssayError as error:
            await _refuse(context, error)
        return response(contract, result)

    async def ListDays(  # noqa: N802 -- the name on the wire
        self,
        request: warehouse_pb2.ListDaysRequest,
        context: grpc.aio.ServicerContext[warehouse_pb2.ListDaysRequest, Awaitable[warehouse_pb2.ListDaysResponse]],
    ) -> warehouse_pb2.ListDaysResponse:
        try:
            contract = self._contract(request.contract)
            snapshot = await asyncio.to_thread(self._archive.snapshot, contract.id)
            bounds = (request.first, request.last)
            days = await asyncio.to_thread(checked_days, contract, snapshot, self._warehouse, *bounds)
        except AssayError as error:
            await _refuse(context, error)
        return listed(days)

    async def GetArchive(  # noqa: N802 -- the name on the wire
        self,
        request: warehouse_pb2.GetArchiveRequest,
        context: grpc.aio.ServicerContext[warehouse_pb2.GetArchiveRequest, Awaitable[warehouse_pb2.GetArchiveResponse]],
    ) -> warehouse_pb2.GetArchiveResponse:
        try:
            contract = self._contract(request.contract)
            positions, rows = await asyncio.to_thread(self._archive.extent, contract)
        except AssayError as error:
            await _refuse(context, error)
        return warehouse_pb2.GetArchiveResponse(
            positions=[
                warehouse_pb2.ArchivePosition(topic=place.topic, partition=place.number, next_offset=offset)
                for place, offset in positions.items()
            ],
            rows=rows,
        )

    async def _run(self, contract: Contract, day: Day) -> SliceResult:
        """Load first, tell then: a crash in between is healed by running the slice again, which tells again."""
        snapshot = await asyncio.to_thread(self._archive.snapshot, contract.id)
        result = await asyncio.to_thread(run_slice, contract, day, snapshot, self._warehouse)
        await self._publisher.publish(announcements(contract, result))
        metrics.SLICES_RUN.labels(contract=contract.id, outcome=result.load).inc()
        broken = [each.promise.id for each, _ in result.evaluations if each.kept is False]
        log.info("slice.run", contract=contract.id, day=str(day), outcome=result.load, rows=result.rows, broken=broken)
        return result

    def _contract(self, name: str) -> Contract:
        contract = self._contracts.get(name)
        if contract is None:
            raise ContractUnknownError(name)
        return contract


async def _refuse(
    context: grpc.aio.ServicerContext[warehouse_pb2.RunSliceRequest, Awaitable[warehouse_pb2.RunSliceResponse]]
    | grpc.aio.ServicerContext[warehouse_pb2.ListDaysRequest, Awaitable[warehouse_pb2.ListDaysResponse]]
    | grpc.aio.ServicerContext[warehouse_pb2.GetArchiveRequest, Awaitable[warehouse_pb2.GetArchiveResponse]],
    error: AssayError,
) -> NoReturn:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), grpc.StatusCode.INTERNAL)
    await context.abort(code, str(error))
