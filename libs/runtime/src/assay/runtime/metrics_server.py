"""Prometheus metrics of this process over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Self

from prometheus_client import start_http_server

from assay.runtime.errors import StartError

__all__ = ["MetricsServer"]

WAKE_S = 0.5


class MetricsServer:
    """Serves /metrics on entering and until leaving, in a thread of its own.

    Raises:
        StartError: on entering, when the port can't be had.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    async def __aenter__(self) -> Self:
        host, _, port = self._address.rpartition(":")
        try:
            self._server, self._thread = start_http_server(int(port), host)
        except (OSError, ValueError) as error:
            raise StartError(
                f"can't listen on {self._address} for metrics: {error}; stop what holds it, or choose another address"
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(self._server.shutdown))
            group.create_task(asyncio.to_thread(self._wake))
        self._server.server_close()
        self._thread.join()

    def _wake(self) -> None:
        """Call the server once: it looks whether it is to end with each call, and else only every half second."""
        host, port = str(self._server.server_address[0]), self._server.server_port
        with contextlib.suppress(OSError), socket.create_connection((host, port), WAKE_S):
            pass
