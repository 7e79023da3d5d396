"""The way to a broker that can be held up or cut, one kind of request alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from assay.testkit.ports import free_ports
from assay.testkit.proxy import GROUP, FaultProxy

PRODUCE, HEARTBEAT = 0, 12
SOON_S = 5.0


class Client:
    """Sends requests of a kind and hears them come back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def ask(self, kind: int) -> None:
        request = kind.to_bytes(2) + b"body"
        self._writer.write(len(request).to_bytes(4) + request)

    async def hear(self) -> int:
        async with asyncio.timeout(SOON_S):
            answer = await self._reader.readexactly(10)
        return int.from_bytes(answer[4:6])

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


@asynccontextmanager
async def proxied() -> AsyncIterator[tuple[FaultProxy, Client, Client]]:
    """A proxy before a server that echoes, and two clients of it."""
    port, to_port = free_ports(2)
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", to_port)
    async with server, FaultProxy(port, to_port) as proxy:
        one, other = [Client(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(2)]
        yield proxy, one, other
        await one.close()
        await other.close()


async def test_everything_passes_both_ways() -> None:
    async with proxied() as (_, one, other):
        one.ask(PRODUCE)
        other.ask(HEARTBEAT)
        assert (await one.hear(), await other.hear()) == (PRODUCE, HEARTBEAT)


async def test_what_is_held_up_arrives_late_and_nothing_else_waits() -> None:
    async with proxied() as (proxy, one, other):
        proxy.hold(GROUP)
        other.ask(HEARTBEAT)
        one.ask(PRODUCE)
        assert await one.hear() == PRODUCE
        proxy.release()
        assert await other.hear() == HEARTBEAT


async def test_what_is_cut_is_lost_and_other_connections_live() -> None:
    async with proxied() as (proxy, one, other):
        other.ask(HEARTBEAT)
        await other.hear()
        proxy.cut(GROUP)
        one.ask(PRODUCE)
        assert await one.hear() == PRODUCE
        with pytest.raises(asyncio.IncompleteReadError):
            await other.hear()
