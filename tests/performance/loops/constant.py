"""A bare ASGI application: answers everything with a constant of the size that is asked for, on the registry's server."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from assay.registry.rest.http import JSON
from assay.registry.rest.server import HttpServer


def constant(size: int) -> Any:
    """The application: what uvicorn can do at best, since nothing is looked up or compared."""
    body = b" " * size
    headers = [(b"content-type", JSON), (b"content-length", b"%d" % size)]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


async def serve(address: str, size: int) -> None:
    """Serve until the process is ended."""
    async with HttpServer(address, constant(size)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
