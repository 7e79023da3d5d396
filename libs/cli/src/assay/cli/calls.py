"""Calls to services: one channel for a block, and errors in words."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import grpc

from assay.cli.errors import CallError

__all__ = ["CALL_S", "calling"]

CALL_S = 30.0
"""Deadline of a call that a person waits for."""


@contextlib.asynccontextmanager
async def calling(service: str, address: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service, closed on exit.

    Raises:
        CallError: a call in the block failed, with what to do about it.
    """
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            yield channel
        except grpc.aio.AioRpcError as error:
            raise CallError(service, address, error.code().name, error.details() or "") from error
