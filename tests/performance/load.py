"""Asks one server for one thing after the other over a few connections, as fast as it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

from tests.performance.cpu import cpu_s

__all__ = ["Load", "asked", "loaded"]

CONNECTIONS = 8
WITHIN_S = 120.0
ACCEPT = "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests per second of the server's CPU and of the wall, and the share of a core that the asker used."""

    per_cpu_s: float
    per_wall_s: float
    asker: float


class _Line(asyncio.Protocol):
    """A connection on which each answer, all of one size, is followed by the next request."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Event, size: int) -> None:
        self._requests = requests
        self._done = done
        self._size = size
        self._missing = size
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._missing -= len(data)
        if self._missing <= 0:
            self._ask()

    def _ask(self) -> None:
        assert self._transport is not None
        self._missing = self._size
        request = next(self._requests, None)
        if request is None:
            self._done.set()
            self._transport.close()
        else:
            self._transport.write(request)


async def loaded(address: str, paths: list[str], size: int, requests: int, pid: int) -> Load:
    """Ask for the paths in turn; `size` is that of one answer with its headers, `pid` the server's process."""
    host, _, port = address.rpartition(":")
    left = islice(cycle([asked(path) for path in paths]), requests)
    ends = [asyncio.Event() for _ in range(CONNECTIONS)]
    started_s, used_s, mine_s = time.perf_counter(), cpu_s(pid), time.process_time()
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(WITHIN_S):
        for end in ends:
            await loop.create_connection(partial(_Line, left, end, size), host, int(port))
        for end in ends:
            await end.wait()
    wall_s = time.perf_counter() - started_s
    return Load(requests / (cpu_s(pid) - used_s), requests / wall_s, (time.process_time() - mine_s) / wall_s)


def asked(path: str) -> bytes:
    """A request as a client of a registry writes it."""
    return f"GET {path} HTTP/1.1\r\nHost: registry\r\nAccept: {ACCEPT}\r\n\r\n".encode()
