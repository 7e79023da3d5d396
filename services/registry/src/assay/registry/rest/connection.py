"""A connection of a client, which is ended where the client is too slow or says too much before it says what it wants."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Connection"]

HEAD_BYTES = 64 * 1024
HEAD_S = 20.0


class Connection(HttpToolsProtocol):
    """Speaks HTTP with one client, which has 64 KiB and 20 s for the head of a request; the same goes for what may
    stand between the parts of a body. The parser itself keeps any length of it, and takes ever longer for more.
    """

    _unheard = 0
    _ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the parent has it
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unheard += len(data)
        super().data_received(data)
        if self._unheard > HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._unheard and not self._ends:
            self._arm()

    def on_headers_complete(self) -> None:
        self._heard()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._heard()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._heard()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        del msg
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _heard(self) -> None:
        self._unheard = 0
        if self._ends:
            self._disarm()

    def _arm(self) -> None:
        self._ends = self.loop.call_later(HEAD_S, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _disarm(self) -> None:
        if self._ends:
            self._ends.cancel()
            self._ends = None

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why where no other answer is under way, and hang up."""
        self._heard()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            body = orjson.dumps({"error_code": status.value, "message": f"HTTP {status.value} {status.phrase}"})
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/vnd.schemaregistry.v1+json"
            self.transport.write(f"{head}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()
