"""The gRPC face of recovery."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Protocol

import grpc
from sqlalchemy.exc import DataError

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceServicer
from assay.recovery import orders
from assay.recovery.errors import (
    ContractsUnheardError,
    ContractUnknownError,
    DraftError,
    FailureUnknownError,
    FaultError,
    FlowUnknownError,
    IndexBehindError,
    KeysMissingError,
    LetterUnknownError,
    NotTriedError,
    OverloadedError,
    ReasonMissingError,
    RecoveryError,
    RequestError,
    RunEndedError,
    RunUnknownError,
    TimeUpError,
    TopicsMissingError,
    ValueRefusedError,
)
from assay.recovery.failure_wire import failure_message, statuses_of
from assay.recovery.letter_desk import LetterDesk
from assay.recovery.run_desk import RunDesk
from assay.recovery.run_wire import account_message, proposal_message, trial_message
from assay.recovery.selecting import Selecting
from assay.recovery.store import Failures, Runs
from assay.recovery.trials import Trials
from assay.recovery.wire import fitting, limit_of
from assay.runtime import AssayError
from assay.runtime.caller import actor_of
from assay.runtime.database import StoreAwayError
from assay.runtime.refusal import Refusing, refuse
from assay.streaming import BrokerError, BrokerUnreachableError
from assay.telemetry import get_logger

__all__ = ["SERVICE", "RecoveryService"]

SERVICE = pb.DESCRIPTOR.services_by_name["RecoveryService"].full_name
CODES: dict[type[AssayError], grpc.StatusCode] = {
    RequestError: grpc.StatusCode.INVALID_ARGUMENT,
    ReasonMissingError: grpc.StatusCode.INVALID_ARGUMENT,
    DraftError: grpc.StatusCode.INVALID_ARGUMENT,
    ContractUnknownError: grpc.StatusCode.NOT_FOUND,
    FailureUnknownError: grpc.StatusCode.NOT_FOUND,
    LetterUnknownError: grpc.StatusCode.NOT_FOUND,
    RunUnknownError: grpc.StatusCode.NOT_FOUND,
    FlowUnknownError: grpc.StatusCode.FAILED_PRECONDITION,
    KeysMissingError: grpc.StatusCode.FAILED_PRECONDITION,
    NotTriedError: grpc.StatusCode.FAILED_PRECONDITION,
    RunEndedError: grpc.StatusCode.FAILED_PRECONDITION,
    TopicsMissingError: grpc.StatusCode.FAILED_PRECONDITION,
    ValueRefusedError: grpc.StatusCode.FAILED_PRECONDITION,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    TimeUpError: grpc.StatusCode.DEADLINE_EXCEEDED,
    ContractsUnheardError: grpc.StatusCode.UNAVAILABLE,
    IndexBehindError: grpc.StatusCode.UNAVAILABLE,
    StoreAwayError: grpc.StatusCode.UNAVAILABLE,
    BrokerError: grpc.StatusCode.UNAVAILABLE,
    BrokerUnreachableError: grpc.StatusCode.UNAVAILABLE,
}
CALL_S = 40.0
"""The longest that a call may take, whatever its caller allows."""

FAILURES, MAX_FAILURES = 500, 5_000
LISTED, MAX_LISTED = 100, 1_000


class Context(Refusing, Protocol):
    """What we use of a call's gRPC context."""

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...

    async def send_initial_metadata(self, initial_metadata: tuple[tuple[str, str], ...]) -> None: ...


class RecoveryService(RecoveryServiceServicer):
    """Answers from the index and the topics; what is to change goes to the audit."""

    def __init__(
        self,
        failures: Failures,
        selecting: Selecting,
        letters: LetterDesk,
        trials: Trials,
        runs: Runs,
        desk: RunDesk,
    ) -> None:
        self._failures = failures
        self._selecting = selecting
        self._letters = letters
        self._trials = trials
        self._runs = runs
        self._desk = desk

    async def ListFailures(  # noqa: N802 -- the name on the wire, here and below
        self, request: pb.ListFailuresRequest, context: Context
    ) -> pb.ListFailuresResponse:
        async with _answering(context):
            filters = {name: getattr(request, name) for name in ("contract", "reason", "path", "producer")}
            found, omitted = await self._failures.list(
                **filters,
                since_ms=request.since_ms,
                until_ms=request.until_ms,
                statuses=statuses_of(request.statuses),
                limit=limit_of(request.limit, FAILURES, MAX_FAILURES),
            )
            told = fitting(failure_message(each) for each in found)
        return pb.ListFailuresResponse(failures=told, omitted=omitted + len(found) - len(told))

    async def GetFailure(self, request: pb.GetFailureRequest, context: Context) -> pb.GetFailureResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._selecting.failure(request.fingerprint)
        return pb.GetFailureResponse(failure=failure_message(found))

    async def MarkFailure(self, request: pb.MarkFailureRequest, context: Context) -> pb.MarkFailureResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._selecting.failure(request.fingerprint)
            await self._desk.mark(found, request, actor_of(context.invocation_metadata()))
            found = await self._selecting.failure(found.fingerprint)
        return pb.MarkFailureResponse(failure=failure_message(found))

    async def GetDeadLetter(  # noqa: N802 -- the name on the wire
        self, request: pb.GetDeadLetterRequest, context: Context
    ) -> pb.GetDeadLetterResponse:
        async with _answering(context):
            letter = await self._letters.one(request.place)
        return pb.GetDeadLetterResponse(letter=letter)

    async def TailDeadLetters(  # noqa: N802 -- the name on the wire
        self, request: pb.TailDeadLettersRequest, context: Context
    ) -> AsyncGenerator[pb.TailDeadLettersResponse]:
        async with _telling(context), aclosing(self._letters.tail(request.selection)) as answers:
            await anext(answers)
            await context.send_initial_metadata(())
            async for answer in answers:
                yield answer

    async def TryRecovery(self, request: pb.TryRecoveryRequest, context: Context) -> pb.TryRecoveryResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            trial = trial_message(await self._trials.run(request))
            if not request.draft:
                await self._desk.note_trial(trial, actor_of(context.invocation_metadata()))
        return pb.TryRecoveryResponse(trial=trial)

    async def ProposeFlows(self, request: pb.ProposeFlowsRequest, context: Context) -> pb.ProposeFlowsResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._trials.propose(await self._selecting.failure(request.fingerprint))
            told = fitting(proposal_message(each) for each in found.proposals)
            omitted = len(found.proposals) - len(told)
            said = [found.explanation, f"{omitted} more do not fit into an answer" if omitted else ""]
        return pb.ProposeFlowsResponse(proposals=told, explanation="; ".join(filter(None, said)))

    async def StartRun(self, request: pb.StartRunRequest, context: Context) -> pb.StartRunResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            run = await self._desk.start(request, actor_of(context.invocation_metadata()))
        return pb.StartRunResponse(run=account_message(run))

    async def ChangeRun(self, request: pb.ChangeRunRequest, context: Context) -> pb.ChangeRunResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            run = await self._desk.change(request, actor_of(context.invocation_metadata()))
        return pb.ChangeRunResponse(run=account_message(run))

    async def ListRuns(self, request: pb.ListRunsRequest, context: Context) -> pb.ListRunsResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._runs.list(request.contract, limit_of(request.limit, LISTED, MAX_LISTED))
            told = fitting(map(account_message, found))
        return pb.ListRunsResponse(runs=told, omitted=len(found) - len(told))

    async def WatchRun(  # noqa: N802 -- the name on the wire
        self, request: pb.WatchRunRequest, context: Context
    ) -> AsyncGenerator[pb.WatchRunResponse]:
        async with _telling(context), aclosing(self._desk.watch(orders.identity(request.id))) as runs:
            async for run in runs:
                yield pb.WatchRunResponse(run=account_message(run))

    async def ListActions(self, request: pb.ListActionsRequest, context: Context) -> pb.ListActionsResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._runs.actions(request.contract, limit_of(request.limit, LISTED, MAX_LISTED))
            told = fitting(found)
        return pb.ListActionsResponse(actions=told, omitted=len(found) - len(told))


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
    except (RecoveryError, StoreAwayError, BrokerError) as error:
        await refuse(context, CODES[type(error)], error)
    except DataError:  # of PostgreSQL; what it says holds the statement
        await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, RequestError("text", "no name has the character NUL"))
    except Exception as error:  # noqa: BLE001 -- what it says may hold something of a record, and gRPC would tell it
        place = traceback.extract_tb(error.__traceback__)[-1]
        fault = FaultError(type(error).__name__)
        get_logger().error("call.failed", error=fault.kind, at=f"{place.filename}:{place.lineno}")
        await refuse(context, grpc.StatusCode.INTERNAL, fault)
