"""The gRPC face of alerts."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Protocol

import grpc
from sqlalchemy.exc import DataError

from assay.alerts.answers import evaluation_message, fitting
from assay.alerts.asked import breach_query, evaluation_query, severity_of
from assay.alerts.desk import Desk
from assay.alerts.errors import (
    AlertsError,
    BreachUnknownError,
    ChannelsFileError,
    ChannelUnknownError,
    ContractUnknownError,
    FaultError,
    OverloadedError,
    PromiseUnknownError,
    RequestError,
    TimeUpError,
)
from assay.alerts.trials import Trials
from assay.alerts.watchers import Watchers
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1 import alerts_pb2_grpc
from assay.runtime import AssayError
from assay.runtime.database import StoreAwayError
from assay.runtime.refusal import Refusing, refuse
from assay.telemetry import get_logger

__all__ = ["SERVICE", "AlertsService"]

SERVICE = pb.DESCRIPTOR.services_by_name["AlertsService"].full_name
CODES: dict[type[AssayError], grpc.StatusCode] = {
    RequestError: grpc.StatusCode.INVALID_ARGUMENT,
    ChannelsFileError: grpc.StatusCode.INVALID_ARGUMENT,
    BreachUnknownError: grpc.StatusCode.NOT_FOUND,
    ContractUnknownError: grpc.StatusCode.NOT_FOUND,
    PromiseUnknownError: grpc.StatusCode.NOT_FOUND,
    ChannelUnknownError: grpc.StatusCode.NOT_FOUND,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    TimeUpError: grpc.StatusCode.DEADLINE_EXCEEDED,
    StoreAwayError: grpc.StatusCode.UNAVAILABLE,
}
CALL_S = 30.0
"""The longest that a call may take, whatever its caller allows."""


class Context(Refusing, Protocol):
    """What we use of a call's gRPC context."""

    async def send_initial_metadata(self, initial_metadata: tuple[tuple[str, str], ...]) -> None: ...


class AlertsService(alerts_pb2_grpc.AlertsServiceServicer):
    """Answers from the history, the rules in force and the outbox."""

    def __init__(self, desk: Desk, trials: Trials, watchers: Watchers) -> None:
        self._desk = desk
        self._trials = trials
        self._watchers = watchers

    async def ListBreaches(  # noqa: N802 -- the name on the wire, here and below
        self, request: pb.ListBreachesRequest, context: Context
    ) -> pb.ListBreachesResponse:
        async with _answering(context):
            found = await self._desk.breaches(breach_query(request))
            told = fitting(found)
        return pb.ListBreachesResponse(breaches=told, omitted=len(found) - len(told))

    async def GetBreach(self, request: pb.GetBreachRequest, context: Context) -> pb.GetBreachResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            answer = await self._desk.breach(request.id)
        return answer  # noqa: RET504 -- the block could swallow an error, for all that mypy knows

    async def WatchBreaches(  # noqa: N802 -- the name on the wire
        self, request: pb.WatchBreachesRequest, context: Context
    ) -> AsyncGenerator[pb.WatchBreachesResponse]:
        async with _telling(context):
            changes = self._watchers.follow(request.contract, severity_of(request.severity))
            async with aclosing(changes):
                await anext(changes)
                await context.send_initial_metadata(())
                async for breach in changes:
                    if breach is not None:
                        yield pb.WatchBreachesResponse(breach=self._desk.told(breach))

    async def ListEvaluations(  # noqa: N802 -- the name on the wire
        self, request: pb.ListEvaluationsRequest, context: Context
    ) -> pb.ListEvaluationsResponse:
        async with _answering(context):
            found = await self._desk.evaluations(evaluation_query(request))
            told = fitting(map(evaluation_message, found))
        return pb.ListEvaluationsResponse(evaluations=told, omitted=len(found) - len(told))

    async def ListStatuses(self, request: pb.ListStatusesRequest, context: Context) -> pb.ListStatusesResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._desk.statuses(request.contract)
            told = fitting(found)
        return pb.ListStatusesResponse(statuses=told, omitted=len(found) - len(told))

    async def Route(self, request: pb.RouteRequest, context: Context) -> pb.RouteResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            answer = await self._trials.route(request)
        return answer  # noqa: RET504 -- the block could swallow an error, for all that mypy knows

    async def ListChannels(  # noqa: N802 -- the name on the wire
        self,
        request: pb.ListChannelsRequest,  # noqa: ARG002 -- the shape is gRPC's
        context: Context,
    ) -> pb.ListChannelsResponse:
        async with _answering(context):
            found = await self._trials.channels()
        return pb.ListChannelsResponse(channels=found)

    async def TestChannel(self, request: pb.TestChannelRequest, context: Context) -> pb.TestChannelResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            answer = await self._trials.test(request.channel)
        return answer  # noqa: RET504 -- the block could swallow an error, for all that mypy knows


@asynccontextmanager
async def _answering(context: Refusing) -> AsyncIterator[None]:
    """Turn what is refused into the status of the call, and end one that takes too long."""
    async with _telling(context):
        try:
            async with asyncio.timeout(CALL_S):
                yield
        except TimeoutError as error:
            raise TimeUpError("the call", CALL_S) from error


@asynccontextmanager
async def _telling(context: Refusing) -> AsyncIterator[None]:
    """Turn what is refused into the status of the call."""
    try:
        yield
    except (AlertsError, StoreAwayError) as error:
        code = CODES.get(type(error))
        if code is None:
            await _fault(context, error)
        else:
            await refuse(context, code, error)
    except DataError:  # of PostgreSQL; what it says holds the statement
        await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, RequestError("text", "no name has the character NUL"))
    except Exception as error:  # noqa: BLE001 -- what it says may hold something of a record, and gRPC would tell it
        await _fault(context, error)


async def _fault(context: Refusing, error: Exception) -> None:
    place = traceback.extract_tb(error.__traceback__)[-1]
    fault = FaultError(type(error).__name__)
    get_logger().error("call.failed", error=fault.kind, at=f"{place.filename}:{place.lineno}")
    await refuse(context, grpc.StatusCode.INTERNAL, fault)
