"""Calls to services: one channel for a block, and errors in words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

import grpc

from assay.cli.caller import caller, signing
from assay.cli.errors import CallError

__all__ = ["CALL_S", "calling"]

CALL_S = 30.0
"""Deadline of a call that a person waits for."""

MOST_BYTES = 64 * 1024 * 1024
"""Of an answer: a record of some megabytes is one."""

_DETAILS = "grpc-status-details-bin"
"""What only a service of ours sends with an error: the facts of its refusal."""


@contextlib.asynccontextmanager
async def calling(service: str, address: str, reason: str = "") -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service, closed on exit; with a reason it is told who calls and why, and the registry always.

    Raises:
        CallError: a call in the block failed, with what to do about it.
    """
    signed = signing(await asyncio.to_thread(caller), reason) if reason or service == "registry" else ()
    options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", MOST_BYTES)]
    async with grpc.aio.insecure_channel(address, options=options, interceptors=signed) as channel:
        try:
            yield channel
        except grpc.aio.AioRpcError as error:
            pairs: Iterable[tuple[str, bytes]] = error.trailing_metadata() or ()  # type: ignore[assignment]  # plain pairs
            told = any(name == _DETAILS for name, _ in pairs)
            raise CallError(service, address, error.code().name, error.details() or "", told=told) from error
