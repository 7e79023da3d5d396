"""The interceptor of a gRPC server that answers in threads; the log stays where its loop is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from assay.client.analytical.covering import given_id
from assay.client.analytical.inference import Inference, timed
from assay.client.analytical.interceptor import MAKERS, Behavior, Context, Ending, said_by
from assay.client.analytical.predictions import Predictions
from assay.telemetry import get_logger

__all__ = ["ThreadedPredictionInterceptor"]

log = get_logger()


class ThreadedPredictionInterceptor(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    """What `PredictionInterceptor` is, for `grpc.server`. Make it where the log's loop runs."""

    def __init__(self, log_of: Predictions, methods: Collection[str]) -> None:
        self._log = log_of
        self._loop = asyncio.get_running_loop()
        self._methods = frozenset(methods)

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the handler, wrapped where it answers with predictions."""
        handler = continuation(handler_call_details)
        if handler is None or handler_call_details.method not in self._methods:
            return handler
        name = next(each for each in MAKERS if getattr(handler, each) is not None)
        wrap = self._stream if handler.response_streaming else self._call
        return MAKERS[name](wrap(getattr(handler, name)), handler.request_deserializer, handler.response_serializer)

    def _call(self, behavior: Behavior) -> Behavior:
        def answer(request: object, context: Context) -> object:
            with self._covered(context):
                return behavior(request, context)

        return answer

    def _stream(self, behavior: Behavior) -> Behavior:
        def answers(request: object, context: Context) -> Iterator[object]:
            with self._covered(context):
                yield from behavior(request, context)

        return answers

    @contextmanager
    def _covered(self, context: Context) -> Iterator[None]:
        found = self._log.begin(given_id(said_by(context)))
        try:
            with timed(found), Ending(found, context):
                yield
        finally:
            self._end(found)

    def _end(self, inference: Inference) -> None:
        try:
            self._loop.call_soon_threadsafe(self._log.try_end, inference)
        except RuntimeError as error:  # the loop has closed, the server has not
            log.error("prediction.not_logged", model=self._log.model, error=type(error).__name__)  # noqa: TRY400 -- for each call
