"""A collector of traces that takes spans and forgets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

__all__ = ["Sink", "collecting"]


class Sink(TraceServiceServicer):
    """Counts the spans that came."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.spans = 0

    async def Export(  # noqa: N802 -- the name of the call
        self, request: ExportTraceServiceRequest, context: object
    ) -> ExportTraceServiceResponse:
        """Take spans."""
        self.spans += sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
        return ExportTraceServiceResponse()


@asynccontextmanager
async def collecting(kind: type[Sink] = Sink) -> AsyncIterator[Sink]:
    """Listen on a free port; another kind of sink may keep what comes."""
    server = grpc.aio.server()
    sink = kind(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    add_TraceServiceServicer_to_server(sink, server)  # type: ignore[no-untyped-call]  # generated without types
    await server.start()
    try:
        yield sink
    finally:
        await server.stop(grace=1)
