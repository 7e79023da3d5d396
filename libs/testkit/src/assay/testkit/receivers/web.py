"""An HTTP server that keeps what it is sent, and answers as a test says: well, badly, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

__all__ = ["Answer", "Asked", "WebReceiver", "answers", "cuts", "drips", "falls_silent", "never_ends", "open_web"]

_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answers(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer so; an underscore in the name of a header is a hyphen."""

    async def say(writer: asyncio.StreamWriter) -> None:
        said = {"content-length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
        lines = "".join(f"{name}: {text}\r\n" for name, text in said.items())
        writer.write(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body)
        await writer.drain()

    return say


def drips(every_s: float) -> Answer:
    """Begin an answer, and go on with a header now and then, for ever."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 Said\r\n")
        while True:
            writer.write(b"x-drip: drop\r\n")
            await writer.drain()
            await asyncio.sleep(every_s)

    return say


def falls_silent() -> Answer:
    """Take the request, and say nothing."""

    async def say(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    return say


def never_ends() -> Answer:
    """Answer with a body that goes on as long as it is read."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 Said\r\n\r\n")
        while True:
            writer.write(b"x" * _HEAD)
            await writer.drain()

    return say


def cuts() -> Answer:
    """Begin an answer, and hang up in the middle of its head."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 Sa")
        await writer.drain()
        writer.transport.abort()

    return say


class WebReceiver:
    """What was asked is in `asked`; the next answers are taken from `next`, then all are `always`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.next: deque[Answer] = deque()
        self.always: Answer = answers(200)
        self.url = ""
        self._moved = asyncio.Event()

    async def until(self, count: int, within_s: float = 30.0) -> list[Asked]:
        """Return what was asked, once that were so many."""
        async with asyncio.timeout(within_s):
            while len(self.asked) < count:
                self._moved.clear()
                await self._moved.wait()
        return self.asked

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until its other end has had enough."""
        try:
            while True:
                self.asked.append(await _asked(reader))
                self._moved.set()
                await (self.next.popleft() if self.next else self.always)(writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # who asked went away
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def open_web(tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[WebReceiver]:
    """A server on a port of 127.0.0.1, with TLS where a context is given; its URL says `localhost`."""
    receiver = WebReceiver()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await receiver.serve(reader, writer)
        except asyncio.CancelledError:
            return  # the server closes
        finally:
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=tls, limit=_HEAD)
    listening = server.sockets[0].getsockname()[1]
    receiver.url = f"{'https' if tls else 'http'}://localhost:{listening}"
    try:
        yield receiver
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await server.wait_closed()


async def _asked(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): text.strip() for name, _, text in pairs}
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
