"""HTTP on one connection: uvicorn's, with a bound on what may stand before a body."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["MAX_HEAD", "BoundedProtocol"]

MAX_HEAD = 64 * 1024
"""Bytes of path and headers. The parser itself would gather them until memory ends, and copy them with each packet."""


class BoundedProtocol(HttpToolsProtocol):
    """Answers 400 and hangs up where the head of a request is longer than MAX_HEAD and one packet."""

    _in_head = False
    _head_bytes = 0

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response("The path and headers of a request are 64 KiB at most.")
