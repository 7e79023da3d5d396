"""What a client can do to a connection before there is a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from assay.registry.rest import connection
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.server import HttpServer
from assay.registry.rest.wiring import rest_app
from assay.registry.store import ContractStore
from assay.registry.subject_store.store import SubjectStore
from tests.unit.registry.rest_client import At, Here

WITHIN_S = 20.0


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with ContractStore(f"sqlite:///{folder}/registry.db", At()) as contracts:
        app = rest_app(SubjectStore(contracts.database), Here(), At(), ReadyBytes())
        async with HttpServer("127.0.0.1:0", app) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            try:
                async with asyncio.timeout(WITHIN_S):
                    yield reader, writer
            finally:
                writer.close()


@pytest.mark.parametrize(
    "begins",
    [
        b"GET /",
        b"GET / HTTP/1.1\r\nX: ",
        b"POST /subjects/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"POST /subjects/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
    ids=["path", "header", "extension of a chunk", "trailer"],
)
async def test_client_that_never_comes_to_the_point_is_hung_up_on(tmp_path: Path, begins: bytes) -> None:
    async with connected(tmp_path) as (_, writer):
        writer.write(begins)
        with pytest.raises(ConnectionError):
            await _pour(writer)


async def test_head_that_is_too_large_is_told_so(tmp_path: Path) -> None:
    async with connected(tmp_path) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"a" * (connection.HEAD_BYTES + 1))
        assert b"HTTP/1.1 431 " in await reader.readline()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nX:"])
async def test_head_that_does_not_come_is_waited_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.1)
    async with connected(tmp_path) as (reader, writer):
        writer.write(said)
        assert b"HTTP/1.1 408 " in await reader.read()


async def test_what_is_no_http_is_refused_in_the_shape_of_every_error(tmp_path: Path) -> None:
    async with connected(tmp_path) as (reader, writer):
        writer.write(b"NONSENSE\r\n\r\n")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"error_code":400' in answer


async def test_requests_in_a_row_are_answered_in_their_order(tmp_path: Path) -> None:
    async with connected(tmp_path) as (reader, writer):
        for path in (b"/subjects", b"/healthz", b"/nowhere"):
            writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        answers = b""
        while b"HTTP 404 Not Found" not in answers:
            answers += await reader.read(65_536)
        assert answers.index(b"[]") < answers.index(b"{}") < answers.index(b"404 Not Found")


async def test_large_body_in_small_pieces_is_no_large_head(tmp_path: Path) -> None:
    async with connected(tmp_path) as (reader, writer):
        size = 4 * connection.HEAD_BYTES
        writer.write(b"POST /subjects/a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 1_024):
            writer.write(b"a" * 1_024)
            await writer.drain()
        assert b"HTTP/1.1 400 " in await reader.readline()
        assert b"no JSON" in await reader.readuntil(b"}")


async def _pour(writer: asyncio.StreamWriter) -> None:
    """Write until the other side hangs up."""
    while True:
        writer.write(b"a" * 16_384)
        await writer.drain()
