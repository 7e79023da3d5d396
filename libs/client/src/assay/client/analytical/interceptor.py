"""A gRPC interceptor that logs latency, status and error class of a model server that was never made to."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, Protocol

import grpc
import grpc.aio

from assay.client.analytical.answer import Status
from assay.client.analytical.covering import PREDICTION_ID, covered
from assay.client.analytical.inference import Inference
from assay.client.analytical.predictions import Predictions
from assay.telemetry import get_logger

__all__ = ["MAKERS", "Behavior", "Context", "Ending", "PredictionInterceptor", "said_by"]

log = get_logger()

_Code = grpc.StatusCode
_REFUSED = frozenset(
    {
        _Code.INVALID_ARGUMENT,
        _Code.NOT_FOUND,
        _Code.ALREADY_EXISTS,
        _Code.PERMISSION_DENIED,
        _Code.UNAUTHENTICATED,
        _Code.FAILED_PRECONDITION,
        _Code.OUT_OF_RANGE,
    }
)
_AHEAD_S = 0.1
_CODES = {code.value[0]: code for code in _Code}

Behavior = Callable[..., Any]
Handler = Any
"""grpc.RpcMethodHandler, whose parts the library leaves untyped."""


class Context(Protocol):
    """What the log needs of the context of a call."""

    def invocation_metadata(self) -> Sequence[tuple[str, str | bytes]] | None: ...
    def trailing_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...
    def set_trailing_metadata(self, metadata: tuple[tuple[str, str | bytes], ...]) -> None: ...
    def time_remaining(self) -> float | None: ...
    def code(self) -> grpc.StatusCode | int | None: ...


class PredictionInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    """Each call of one of the methods, like `/shop.Ranker/Rank`, is a Prediction.

    Its id is `x-prediction-id` of the call's metadata, or a new one, and is in the trailing metadata of the answer. A
    stream is answered when it ends. Codes that the caller is to blame for are refused, DEADLINE_EXCEEDED is a
    timeout, CANCELLED is cancelled, others and exceptions are errors. It is for `grpc.aio.server`; handlers there that are
    no coroutines are served and not logged, and the log says so once.
    """

    def __init__(self, log_of: Predictions, methods: Collection[str]) -> None:
        self._log = log_of
        self._methods = frozenset(methods)
        self._plain: set[str] = set()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return the handler, wrapped where it answers with predictions."""
        handler, method = await continuation(handler_call_details), handler_call_details.method
        if handler is None or method not in self._methods:
            return handler
        name = next(each for each in MAKERS if getattr(handler, each) is not None)
        behavior: Behavior = getattr(handler, name)
        if inspect.isasyncgenfunction(behavior):
            wrapped: Behavior = self._stream(behavior)
        elif inspect.iscoroutinefunction(behavior):
            wrapped = self._call(behavior)
        else:
            self._warn(method)
            return handler
        return MAKERS[name](wrapped, handler.request_deserializer, handler.response_serializer)

    def _call(self, behavior: Behavior) -> Behavior:
        async def answer(request: object, context: Context) -> object:
            async with covered(self._log, said_by(context)) as inference:
                with Ending(inference, context):
                    return await behavior(request, context)

        return answer

    def _stream(self, behavior: Behavior) -> Behavior:
        async def answers(request: object, context: Context) -> AsyncIterator[object]:
            async with covered(self._log, said_by(context)) as inference:
                with Ending(inference, context):
                    async for each in behavior(request, context):
                        yield each

        return answers

    def _warn(self, method: str) -> None:
        if method not in self._plain:
            self._plain.add(method)
            log.warning("prediction.not_logged", method=method, error="the handler is no coroutine")


class Ending:
    """Gives the caller the prediction id, beside what others say to it, and notes the code that the call ended with."""

    def __init__(self, inference: Inference, context: Context) -> None:
        self._inference, self._context = inference, context

    def __enter__(self) -> None:
        self._say_id()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._say_id()  # again: a handler that says something of its own has replaced it
        code = _code(self._context)
        if isinstance(error, asyncio.CancelledError | GeneratorExit):  # a stream of a caller that has gone is closed
            code = _Code.DEADLINE_EXCEEDED if _is_overdue(self._context) else _Code.CANCELLED
        if code is not _Code.OK:
            self._inference.failed(_status(code), code.name)

    def _say_id(self) -> None:
        others = [each for each in self._context.trailing_metadata() or () if each[0] != PREDICTION_ID]
        self._context.set_trailing_metadata((*others, (PREDICTION_ID, self._inference.prediction_id)))


def _is_overdue(context: Context) -> bool:
    """Whether the caller has gone because its time was up; its clock may be a little ahead."""
    remaining = context.time_remaining()
    return remaining is not None and remaining < _AHEAD_S


def _status(code: grpc.StatusCode) -> Status:
    if code is _Code.CANCELLED:
        return "cancelled"
    if code is _Code.DEADLINE_EXCEEDED:
        return "timeout"
    return "refused" if code in _REFUSED else "error"


def _code(context: Context) -> grpc.StatusCode:
    """The code so far; the library has it as a number or as itself, and as nothing before anyone has set it."""
    said = context.code()
    return said if isinstance(said, _Code) else _CODES.get(said or 0, _Code.UNKNOWN)


def said_by(context: Context) -> str:
    """The prediction id in the metadata of a call; empty where there is none."""
    found = (value for name, value in context.invocation_metadata() or () if name == PREDICTION_ID)
    said = next(found, "")
    return said if isinstance(said, str) else ""


MAKERS: dict[str, Callable[..., Handler]] = {
    "unary_unary": grpc.unary_unary_rpc_method_handler,
    "unary_stream": grpc.unary_stream_rpc_method_handler,
    "stream_unary": grpc.stream_unary_rpc_method_handler,
    "stream_stream": grpc.stream_stream_rpc_method_handler,
}
