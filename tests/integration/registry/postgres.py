"""A PostgreSQL for one test, and a line to it that is cut at the worst moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Literal, Self

import pytest

from assay.testkit.postgres import Postgres, PostgresUnavailableError, open_postgres

__all__ = ["CuttingLine", "postgres"]

CHUNK_BYTES = 65_536


@asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    """A server of its own; CI insists on it, elsewhere the claim stays open where there is none."""
    try:
        async with open_postgres() as server:
            yield server
    except PostgresUnavailableError as error:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            raise
        pytest.skip(f"NOT PROVED: {error}")


class CuttingLine:
    """Passes all on to a port, until a client says COMMIT: cut then, once, before the server hears or after it answered."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._cuts: Literal["", "before", "after"] = ""
        self.port = 0
        self.cut = 0

    def cut_at_commit(self, when: Literal["before", "after"]) -> None:
        """Cut the next connection that says COMMIT."""
        self._cuts = when

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _serve(self, asks: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        with suppress(OSError):
            async with asyncio.TaskGroup() as group:
                answering = group.create_task(self._answer(there, answers))
                await self._ask(asks, back, answering)
                answering.cancel()
        for writer in (answers, back):
            writer.close()

    async def _ask(self, asks: asyncio.StreamReader, back: asyncio.StreamWriter, answering: asyncio.Task[None]) -> None:
        while chunk := await asks.read(CHUNK_BYTES):
            when = self._cuts if b"COMMIT" in chunk else ""
            if when == "before":
                break
            if when == "after":
                answering.cancel()  # nobody hears what the server says from here on
            back.write(chunk)
            await back.drain()
            if when == "after":
                back.write_eof()
                break
        if chunk:
            self._cuts, self.cut = "", self.cut + 1

    async def _answer(self, there: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        while chunk := await there.read(CHUNK_BYTES):
            answers.write(chunk)
            await answers.drain()
        answers.close()
