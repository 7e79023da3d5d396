"""Calls to the drift service."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from assay.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from assay.cli.calls import CALL_S, calling

__all__ = ["CALL_S", "drift"]


@contextlib.asynccontextmanager
async def drift(address: str) -> AsyncIterator[DriftServiceStub]:
    """The drift service.

    Raises:
        CallError: a call in the block failed.
    """
    async with calling("drift", address) as channel:
        yield DriftServiceStub(channel)
