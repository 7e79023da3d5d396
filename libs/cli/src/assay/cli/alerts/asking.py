"""Calls to the alerts service."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from assay.api.alerts.v1.alerts_pb2_grpc import AlertsServiceStub
from assay.cli.calls import CALL_S, calling

__all__ = ["CALL_S", "alerts"]


@contextlib.asynccontextmanager
async def alerts(address: str) -> AsyncIterator[AlertsServiceStub]:
    """The alerts service.

    Raises:
        CallError: a call in the block failed.
    """
    async with calling("alerts", address) as channel:
        yield AlertsServiceStub(channel)
