"""The ASGI application: reads a request, has it answered, and turns what is refused into Confluent's errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from assay.registry.rest.body import Bodies
from assay.registry.rest.http import JSON, Answer, Request, read_query, segments
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.router import Router
from assay.registry.subjects.errors import SubjectError
from assay.runtime.database import StoreAwayError
from assay.telemetry import get_logger, metrics

__all__ = ["RestApp"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BY_ID = b"/schemas/ids/"
QUALIFIED = (b"subject=:", b"subject=%3A", b"subject=%3a")
OTHER_TYPES = (b"application/vnd.schemaregistry+json", b"application/json")
CALL_S = 90.0
RETRY_AFTER = {"retry-after": "1"}

FOUND = metrics.REST_ANSWERS.labels(status="200")

log = get_logger()


class RestApp:
    """Answers the paths of its router; a schema by id from ready bytes where it can."""

    def __init__(self, router: Router, ready: ReadyBytes) -> None:
        self._router = router
        self._ready = ready
        self._bodies = Bodies()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: bytes = scope["raw_path"]
        if path.startswith(BY_ID) and scope["method"] == "GET" and _is_plain(scope["query_string"]):
            body = self._ready.get(path)
            if body is not None:
                FOUND.inc()
                await send(_start(200, body, _type_for(scope["headers"])))
                await send({"type": "http.response.body", "body": body})
                return
        await self._reply(scope, send, await self._answered(scope, receive))

    async def _answered(self, scope: Message, receive: Receive) -> Answer:
        try:
            async with asyncio.timeout(CALL_S):
                return await self._answer(scope, receive)
        except SubjectError as error:
            return _error(error.code, str(error))
        except StoreAwayError as error:
            log.warning("store.away", error=str(error))
            return _error(50001, "the store did not answer; try again")
        except TimeoutError:
            return _error(50002, "the request took too long; try again")
        except Exception:
            log.exception("request.failed")
            return _error(500, "Internal Server Error")

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        path, query = segments(scope["raw_path"]), read_query(scope["query_string"])
        async with self._bodies.read(receive) as body:
            return await self._router.answer(Request(scope["method"], path, query, scope["headers"], body))

    async def _reply(self, scope: Message, send: Send, answer: Answer) -> None:
        body = b"" if answer.status == 204 else answer.as_bytes()
        metrics.REST_ANSWERS.labels(status=str(answer.status)).inc()
        headers = [(key.encode(), value.encode()) for key, value in answer.headers.items()]
        start = _start(answer.status, body, _type_for(scope["headers"]))
        start["headers"] += headers
        await send(start)
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _start(status: int, body: bytes, content_type: bytes) -> Message:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    return {"type": "http.response.start", "status": status, "headers": headers}


def _error(code: int, message: str) -> Answer:
    status = int(str(code)[:3])
    headers = RETRY_AFTER if status >= 500 else {}
    return Answer({"error_code": code, "message": message}, status, headers)


def _is_plain(query: bytes) -> bool:
    """Whether the query changes nothing of the answer: at most the name of a subject of the default context."""
    return not query or (query.startswith(b"subject=") and b"&" not in query and not query.startswith(QUALIFIED))


def _type_for(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The type that the client asks for, ours where it takes any."""
    for key, value in headers:
        if key == b"accept" and JSON not in value and b"*/*" not in value:
            return next((each for each in OTHER_TYPES if each in value), JSON)
    return JSON
