"""Serves an ASGI application for the length of a block."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import uvicorn

from assay.registry.rest.app import RestApp
from assay.registry.rest.connection import Connection
from assay.runtime import StartError

__all__ = ["HttpServer"]

BACKLOG = 2_048
STOP_GRACE_S = 5
KEEP_ALIVE_S = 75


class HttpServer:
    """Serves on entering, drains on leaving (5 s at most).

    Raises:
        StartError: on entering, when the port can't be had.
    """

    def __init__(self, address: str, app: RestApp) -> None:
        self._address = address
        self._app = app
        self.port = 0

    async def __aenter__(self) -> Self:
        self._socket = await asyncio.to_thread(_listen, self._address)  # the name of a host may be asked for
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=Connection,
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_GRACE_S,
        )
        self._server = _Server(config)
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._group.create_task(self._server.serve([self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        try:
            await self._group.__aexit__(None, None, None)
        finally:
            self._socket.close()


class _Server(uvicorn.Server):
    """Leaves the signals to the process that it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(address: str) -> socket.socket:
    """A socket that says it is TCP: asyncio sends small answers at once on no other."""
    host, _, port = address.rpartition(":")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(BACKLOG)
        except BaseException:
            listening.close()
            raise
    except (OSError, ValueError, OverflowError) as error:
        raise StartError(
            f"can't listen on {address} for HTTP: {error}; stop what holds it, or choose another address"
        ) from error
    return listening
