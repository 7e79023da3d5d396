"""The body of a request, up to a limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from assay.registry.subjects.errors import RequestMalformedError, SchemaTooLargeError

__all__ = ["MAX_BODY", "read_body"]

MAX_BODY = 4 * 1024 * 1024
MAX_DRAINED = 64 * 1024 * 1024
"""What is read of a larger body, so that its sender hears the answer rather than a broken connection."""


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes:
    """Return the body.

    Raises:
        SchemaTooLargeError: it is larger than MAX_BODY; no more of it than that was kept.
        RequestMalformedError: the client went away before its end.
    """
    kept: list[bytes] = []
    size, is_more = 0, True
    while is_more and size <= MAX_DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestMalformedError("the body has no end")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            kept.append(part)
        is_more = message.get("more_body", False)
    if size > MAX_BODY:
        raise SchemaTooLargeError(MAX_BODY)
    return b"".join(kept)
