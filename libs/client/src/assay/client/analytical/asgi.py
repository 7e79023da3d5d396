"""An ASGI middleware that logs latency, status and error class of a model server that was never made to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any

from assay.client.analytical.answer import Status
from assay.client.analytical.covering import PREDICTION_ID, covered
from assay.client.analytical.inference import Inference
from assay.client.analytical.predictions import Predictions

__all__ = ["PredictionMiddleware"]

Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
"""An application as ASGI 3 has it."""

_HEADER = PREDICTION_ID.encode()
_TIMEOUTS = (408, 504)


class PredictionMiddleware:
    """Wraps an application: each answer to a request of one of the paths is a Prediction.

    Its id is the request's `x-prediction-id`, or a new one, and is a header of the answer. A body that is sent in
    parts is answered when its last part is. Below 400 the status is ok; 408 and 504 are a timeout; other 4xx are
    refused; 5xx, and what the application raises, are errors.
    """

    def __init__(self, app: App, log: Predictions, paths: Collection[str]) -> None:
        self._app = app
        self._log = log
        self._paths = frozenset(paths)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        async with covered(self._log, _said(scope["headers"])) as inference:
            await self._app(scope, receive, _telling(inference, send))


def _said(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == _HEADER), "")


def _telling(inference: Inference, send: Send) -> Send:
    """Send, with the prediction id in the headers of the answer, and note how it ended."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            _note(inference, message["status"])
            headers: Iterable[tuple[bytes, bytes]] = message.get("headers") or ()  # type: ignore[assignment]  # as ASGI says
            message = {**message, "headers": [*headers, (_HEADER, inference.prediction_id.encode())]}
        await send(message)

    return tell


def _note(inference: Inference, code: object) -> None:
    if not isinstance(code, int) or code < 400:
        return
    status: Status = "timeout" if code in _TIMEOUTS else "refused" if code < 500 else "error"
    inference.failed(status, f"HTTP_{code}")
