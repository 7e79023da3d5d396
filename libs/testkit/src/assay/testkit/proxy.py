"""A way to a Kafka broker that can be held up or cut, whole or one kind of connection alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container
from contextlib import suppress
from types import TracebackType
from typing import Self

__all__ = ["GROUP", "FaultProxy"]

GROUP = frozenset({11, 12, 13, 14})
"""Requests that speak for a member of a group: join, heartbeat, leave, sync."""

_LENGTH_BYTES = 4
_KEY_BYTES = 2
_CHUNK_BYTES = 65_536
_CLOSED_S = 10.0


class FaultProxy:
    """Listens on a port of 127.0.0.1 while it is open, and passes all that comes on to another.

    It reads the kind of each request, no more. A connection that once sent a request of a held kind stands still in both
    directions until `release`, which delivers what was held up late; `cut` closes such connections instead.
    """

    def __init__(self, port: int, to_port: int) -> None:
        self.port = port
        self._to_port = to_port
        self._held: Container[int] = ()
        self._moving = asyncio.Event()
        self._moving.set()
        self._connections: set[_Connection] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def hold(self, kinds: Container[int] = range(1_000)) -> None:
        """From now on let nothing pass on connections that send such requests; without kinds, on any."""
        self._held = kinds
        self._moving.clear()

    def release(self) -> None:
        """Let everything pass again; what was held up arrives late."""
        self._held = ()
        self._moving.set()

    def cut(self, kinds: Container[int] = range(1_000)) -> None:
        """Close the connections that sent such requests; what was held up on them is lost."""
        for connection in list(self._connections):
            if connection.sent_one_of(kinds):
                connection.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.release()
        self.cut()
        await self._server.wait_closed()
        async with asyncio.timeout(_CLOSED_S):
            await self._idle.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.close()
            return
        connection = _Connection(self._passes, writer, back)
        self._connections.add(connection)
        self._idle.clear()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(connection.ask(reader))
                group.create_task(connection.answer(there))
        finally:
            await connection.closed()
            self._connections.discard(connection)
            if not self._connections:
                self._idle.set()

    async def _passes(self, connection: _Connection) -> None:
        """Return once this connection may move."""
        while connection.sent_one_of(self._held):
            await self._moving.wait()
            await asyncio.sleep(0)


class _Connection:
    """A client, the broker, and the kinds of requests that went from one to the other."""

    def __init__(
        self,
        passes: Callable[[_Connection], Awaitable[None]],
        client: asyncio.StreamWriter,
        broker: asyncio.StreamWriter,
    ) -> None:
        self._passes = passes
        self._client = client
        self._broker = broker
        self._kinds: set[int] = set()

    def sent_one_of(self, kinds: Container[int]) -> bool:
        return any(kind in kinds for kind in self._kinds)

    def close(self) -> None:
        self._client.close()
        self._broker.close()

    async def closed(self) -> None:
        """Close it, and return once it is."""
        self.close()
        for writer in (self._client, self._broker):
            with suppress(OSError):
                await writer.wait_closed()

    async def ask(self, client: asyncio.StreamReader) -> None:
        """Pass requests on, one by one."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                length = await client.readexactly(_LENGTH_BYTES)
                request = await client.readexactly(int.from_bytes(length))
                self._kinds.add(int.from_bytes(request[:_KEY_BYTES]))
                await self._passes(self)
                self._broker.write(length + request)
                await self._broker.drain()
        self.close()

    async def answer(self, broker: asyncio.StreamReader) -> None:
        """Pass answers on as they come."""
        with suppress(OSError):
            while chunk := await broker.read(_CHUNK_BYTES):
                await self._passes(self)
                self._client.write(chunk)
                await self._client.drain()
        self.close()
