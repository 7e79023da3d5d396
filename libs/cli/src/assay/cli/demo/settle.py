"""Waits until the services have worked through what was sent: by asking them, never by sleeping it out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from assay.api.warehouse.v1 import warehouse_pb2, warehouse_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.cli.errors import CallError
from assay.cli.letters.listing import listed

__all__ = ["archived_rows", "dead_letters_done", "until_reached"]

_POLL_S = 0.25
_STALL_S = 30.0


async def until_reached(wanted: int, count: Callable[[], Awaitable[int]], moved: Callable[[int], None]) -> bool:
    """Ask until the count is `wanted`; False where it has not moved for 30 s: the checks will say what is missing.

    A service that does not answer has not moved: it may be on its way back.
    """
    last, moved_at = 0, time.monotonic()
    while True:
        now = await _answered(count, last)
        moved(min(now, wanted))
        if now >= wanted:
            return True
        if now != last:
            last, moved_at = now, time.monotonic()
        elif time.monotonic() - moved_at > _STALL_S:
            return False
        await asyncio.sleep(_POLL_S)


async def _answered(count: Callable[[], Awaitable[int]], last: int) -> int:
    try:
        return await count()
    except CallError as error:
        if error.code != "UNAVAILABLE":
            raise
        return last


async def archived_rows(warehouse: str, contract: str) -> int:
    """Answer how many rows the lake has of a contract."""
    async with calling("warehouse", warehouse) as channel:
        stub = warehouse_pb2_grpc.WarehouseServiceStub(channel)
        answer = await stub.GetArchive(warehouse_pb2.GetArchiveRequest(contract=contract), timeout=CALL_S)
    return int(answer.rows)


async def dead_letters_done(recovery: str, contract: str) -> int:
    """Answer how many dead letters were replayed, or stay and are explained."""
    groups = await listed(recovery, contract)
    return sum(group.dead_letters if group.explanation else group.replayed for group in groups)
