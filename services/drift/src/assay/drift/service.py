"""The gRPC face of drift."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Protocol

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy.exc import DataError

from assay.api.drift.v1 import drift_pb2 as pb
from assay.drift.errors import (
    AnswerTooLargeError,
    DriftError,
    FaultError,
    FeatureUnknownError,
    ModelUnknownError,
    NotTestedError,
    OverloadedError,
    PageTokenError,
    ReferenceUnfitError,
    RequestError,
    TimeUpError,
    TooOldError,
    WindowUnknownError,
)
from assay.drift.live.asked import MAX_KEYS, features_of, limit_of, moment, range_asked, series_of
from assay.drift.live.desk import Desk, Profiled
from assay.drift.live.live import Live
from assay.runtime import AssayError
from assay.runtime.database import StoreAwayError
from assay.runtime.refusal import Refusing, refuse
from assay.telemetry import get_logger

__all__ = ["MAX_MESSAGE_BYTES", "SERVICE", "DriftService", "KeptReference", "KeptReferences"]

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["DriftService"]
SERVICE = DESCRIPTOR.full_name
CODES: Mapping[type[AssayError], grpc.StatusCode] = {
    RequestError: grpc.StatusCode.INVALID_ARGUMENT,
    PageTokenError: grpc.StatusCode.INVALID_ARGUMENT,
    ReferenceUnfitError: grpc.StatusCode.INVALID_ARGUMENT,
    TooOldError: grpc.StatusCode.OUT_OF_RANGE,
    ModelUnknownError: grpc.StatusCode.NOT_FOUND,
    WindowUnknownError: grpc.StatusCode.NOT_FOUND,
    FeatureUnknownError: grpc.StatusCode.NOT_FOUND,
    NotTestedError: grpc.StatusCode.FAILED_PRECONDITION,
    AnswerTooLargeError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    TimeUpError: grpc.StatusCode.DEADLINE_EXCEEDED,
    StoreAwayError: grpc.StatusCode.UNAVAILABLE,
}
MAX_MESSAGE_BYTES = 65 * 2**20
"""A reference may have 64 MiB; its profile of 500 features has 8."""

CALL_S = 30.0
"""The longest that a call may take, whatever its caller allows."""


class Context(Refusing, Protocol):
    """What we use of a call's gRPC context."""

    async def send_initial_metadata(self, initial_metadata: tuple[tuple[str, str], ...]) -> None: ...


class KeptReference(Profiled, Protocol):
    """What a version of a model is held to."""

    @property
    def id(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def model_version(self) -> str: ...
    @property
    def performance(self) -> Sequence[object]: ...
    @property
    def source(self) -> str: ...
    @property
    def since_ms(self) -> int: ...


class KeptReferences(Protocol):
    """The references of all models. To ask may take a second: in a thread."""

    def by_id(self, id: str) -> KeptReference | None: ...  # noqa: A002 -- it is what the wire calls it
    def all(self) -> Sequence[KeptReference]: ...
    async def set(self, model: str, version: str, profile: bytes, performance: bytes) -> KeptReference: ...


class DriftService:
    """Answers from memory what is new, and from the store what is not; `serve` adds it to a server.

    Answers with windows are bytes already: they were written once, when the window came.
    """

    def __init__(self, live: Live, desk: Desk, references: KeptReferences) -> None:
        self._live = live
        self._desk = desk
        self._references = references

    def serve(self, server: grpc.aio.Server) -> None:
        """Add every call to a server."""
        handlers = {each.name: self._handler(each.name, each.server_streaming) for each in DESCRIPTOR.methods}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    async def ListModels(  # noqa: N802 -- the name on the wire, here and below
        self,
        request: pb.ListModelsRequest,  # noqa: ARG002 -- the shape is gRPC's
        context: Context,
    ) -> pb.ListModelsResponse:
        async with _answering(context):
            found = await self._desk.standings()
        return pb.ListModelsResponse(models=found)

    async def GetLatest(self, request: pb.GetLatestRequest, context: Context) -> bytes:  # noqa: N802 -- the name on the wire
        async with _telling(context):
            if not 1 <= len(request.keys) <= MAX_KEYS:
                raise RequestError("keys", f"{len(request.keys):,} are named; from 1 to {MAX_KEYS:,}")
            found = self._desk.latest(map(series_of, request.keys), features_of(request.features))
        return found  # noqa: RET504 -- the block could swallow an error, for all that mypy knows

    async def GetRange(self, request: pb.GetRangeRequest, context: Context) -> bytes:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            found = await self._desk.range(range_asked(request, self._live.named))
        return found  # noqa: RET504 -- the block could swallow an error, for all that mypy knows

    async def Top(self, request: pb.TopRequest, context: Context) -> bytes:  # noqa: N802 -- the name on the wire
        async with _telling(context):
            found = self._live.top(request.model, limit_of(request.limit), only_firing=request.only_firing)
        return found  # noqa: RET504 -- the block could swallow an error, for all that mypy knows

    async def Watch(self, request: pb.WatchRequest, context: Context) -> AsyncGenerator[bytes]:  # noqa: N802 -- the name on the wire
        async with (
            _telling(context),
            aclosing(self._desk.watch(request.model, only_changes=request.only_changes)) as told,
        ):
            await anext(told)
            await context.send_initial_metadata(())
            async for answer in told:
                yield answer

    async def GetPicture(self, request: pb.GetPictureRequest, context: Context) -> pb.GetPictureResponse:  # noqa: N802 -- the name on the wire
        async with _answering(context):
            svg = await self._picture(request)
        return pb.GetPictureResponse(svg=svg)

    async def SetReference(  # noqa: N802 -- the name on the wire
        self, request: pb.SetReferenceRequest, context: Context
    ) -> pb.SetReferenceResponse:
        async with _answering(context):
            for name in ("model", "profile"):
                if not getattr(request, name):
                    raise RequestError(name, "it is missing")
            kept = await self._references.set(
                request.model, request.model_version, request.profile, request.performance
            )
        return pb.SetReferenceResponse(reference=kept.id)

    async def ListReferences(  # noqa: N802 -- the name on the wire
        self, request: pb.ListReferencesRequest, context: Context
    ) -> pb.ListReferencesResponse:
        async with _answering(context):
            kept = await asyncio.to_thread(self._references.all)
            found = [_told(each) for each in kept if request.model in ("", each.model)]
        return pb.ListReferencesResponse(references=found)

    async def _picture(self, request: pb.GetPictureRequest) -> str:
        if not request.feature:
            raise RequestError("feature", "name one; `assay drift latest` lists them")
        series, start_ms = series_of(request.key), moment("start_ms", request.start_ms)
        window = await self._desk.window(self._live.named(series), start_ms)
        match request.kind:
            case pb.PictureKind.PICTURE_KIND_TREND:
                return await self._desk.trend(window, request.feature)
            case pb.PictureKind.PICTURE_KIND_DISTRIBUTION | pb.PictureKind.PICTURE_KIND_UNSPECIFIED:
                reference = await asyncio.to_thread(self._references.by_id, window.reference)
                return await self._desk.distribution(window, request.feature, reference)
            case _:
                raise RequestError("kind", f"{request.kind} is unknown")

    def _handler(self, name: str, is_stream: bool) -> grpc.RpcMethodHandler:  # type: ignore[type-arg]  # generic in the stubs alone
        make = grpc.unary_stream_rpc_method_handler if is_stream else grpc.unary_unary_rpc_method_handler
        request = GetMessageClass(DESCRIPTOR.methods_by_name[name].input_type)
        return make(getattr(self, name), request_deserializer=request.FromString, response_serializer=_wired)


def _wired(answer: Message | bytes) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


def _told(reference: KeptReference) -> pb.Reference:
    return pb.Reference(
        id=reference.id,
        model=reference.model,
        model_version=reference.model_version,
        rows=reference.profile.cells.rows,
        features=reference.profile.names,
        has_performance=bool(reference.performance),
        source=reference.source,
        since_ms=reference.since_ms,
    )


@asynccontextmanager
async def _answering(context: Refusing) -> AsyncIterator[None]:
    """Turn what is refused into the status of the call, and end one that takes too long."""
    async with _telling(context):
        try:
            async with asyncio.timeout(CALL_S):
                yield
        except TimeoutError as error:
            raise TimeUpError(CALL_S) from error


@asynccontextmanager
async def _telling(context: Refusing) -> AsyncIterator[None]:
    """Turn what is refused into the status of the call."""
    try:
        yield
    except (DriftError, StoreAwayError) as error:
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
