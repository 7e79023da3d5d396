"""The gRPC face of recovery."""

from __future__ import annotations

from collections.abc import Awaitable

import grpc

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceServicer
from assay.recovery.index import Index
from assay.runtime.database import StoreAwayError

__all__ = ["SERVICE", "RecoveryService"]

SERVICE = pb.DESCRIPTOR.services_by_name["RecoveryService"].full_name


class RecoveryService(RecoveryServiceServicer):
    """Answers from the index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    async def ListFailures(  # noqa: N802 -- the name on the wire
        self,
        request: pb.ListFailuresRequest,
        context: grpc.aio.ServicerContext[pb.ListFailuresRequest, Awaitable[pb.ListFailuresResponse]],
    ) -> pb.ListFailuresResponse:
        try:
            return pb.ListFailuresResponse(failures=await self._index.failures(request.contract))
        except StoreAwayError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
