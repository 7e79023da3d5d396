"""A gRPC server with health and reflection, started and stopped as a block."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from assay.runtime.errors import StartError
from assay.runtime.stop import Stop

__all__ = ["MAX_MESSAGE_BYTES", "GrpcServer"]

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
STOP_GRACE_S = 5.0
OPTIONS = (
    ("grpc.so_reuseport", 0),  # a taken port must be an error, not a second listener
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
)


class GrpcServer:
    """Serves on entering, drains on leaving (5 s at most); health is NOT_SERVING until `ready()`.

    Args:
        address: host:port to listen on.
        servicers: each adds one servicer to the server (`add_…Servicer_to_server` with its servicer bound).
        services: full names of the gRPC services, for health and reflection.
        max_message_bytes: a call that brings more is refused.

    Raises:
        StartError: on entering, when the port can't be had.
    """

    def __init__(
        self,
        address: str,
        servicers: Sequence[Callable[[grpc.aio.Server], None]],
        services: Sequence[str],
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self._address = address
        self._servicers = servicers
        self._services = services
        self._options = (*OPTIONS, ("grpc.max_receive_message_length", max_message_bytes))
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # the stubs lack the asyncio half
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server(options=self._options)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for add in self._servicers:
            add(self._server)
        reflection.enable_server_reflection(
            (*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        await self.not_ready()
        try:
            self.port = self._server.add_insecure_port(self._address)
            await self._server.start()
        except RuntimeError as error:
            raise StartError(
                f"can't listen on {self._address} for gRPC: the port is in use or not ours; stop what holds it, "
                "or choose another address"
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._health.enter_graceful_shutdown()
        await self._server.stop(STOP_GRACE_S)

    async def serve_until(self, stop: Stop, ready: Awaitable[None]) -> None:
        """Serve until stopped; health turns to SERVING once `ready` returns, and back when stop is requested."""
        async with asyncio.TaskGroup() as group:
            becoming = group.create_task(self._ready_after(ready))
            await stop.wait()
            becoming.cancel()
        await self.not_ready()

    async def _ready_after(self, ready: Awaitable[None]) -> None:
        await ready
        await self.ready()

    async def turn(self, is_ready: bool) -> None:
        """Turn health to SERVING, or to NOT_SERVING."""
        await (self.ready() if is_ready else self.not_ready())

    async def ready(self) -> None:
        """Turn health to SERVING, for the process and for each service."""
        await self._set(health_pb2.HealthCheckResponse.SERVING)

    async def not_ready(self) -> None:
        """Turn health to NOT_SERVING."""
        await self._set(health_pb2.HealthCheckResponse.NOT_SERVING)

    async def _set(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in (health.OVERALL_HEALTH, *self._services):
            await self._health.set(name, status)
