"""The bodies of requests, up to a limit for each and one for all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from assay.registry.subjects.errors import BusyError, RequestMalformedError, SchemaTooLargeError

__all__ = ["MAX_BODY", "Bodies"]

MAX_BODY = 4 * 1024 * 1024
MAX_HELD = 256 * 1024 * 1024
"""Bytes of all the bodies that are under way at once, however many clients there are."""
MAX_DRAINED = 64 * 1024 * 1024
"""What is read of a larger body, so that its sender hears the answer rather than a broken connection."""


class Bodies:
    """All bodies that are held at once."""

    def __init__(self) -> None:
        self._held = 0

    @asynccontextmanager
    async def read(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> AsyncIterator[bytes]:
        """The body, for as long as the block holds it.

        Raises:
            SchemaTooLargeError: it is larger than MAX_BODY; no more of it than that was kept.
            BusyError: with it, all bodies are more than MAX_HELD.
            RequestMalformedError: the client went away before its end.
        """
        kept: list[bytes] = []
        size, mine, is_more = 0, 0, True
        try:
            while is_more and size <= MAX_DRAINED:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestMalformedError("the body has no end")
                part: bytes = message.get("body", b"")
                size += len(part)
                if size <= MAX_BODY:
                    self._hold(len(part))
                    mine += len(part)
                    kept.append(part)
                is_more = message.get("more_body", False)
            if size > MAX_BODY:
                raise SchemaTooLargeError(MAX_BODY)
            yield b"".join(kept)
        finally:
            self._held -= mine

    def _hold(self, size: int) -> None:
        if size and self._held + size > MAX_HELD:
            raise BusyError
        self._held += size
