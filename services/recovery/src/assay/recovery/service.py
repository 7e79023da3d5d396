"""The gRPC face of recovery."""

from __future__ import annotations

from collections.abc import Awaitable

import grpc

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceServicer
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure, Failures
from assay.runtime.database import StoreAwayError

__all__ = ["SERVICE", "RecoveryService"]

SERVICE = pb.DESCRIPTOR.services_by_name["RecoveryService"].full_name
DEFAULT_LIMIT = 500
STATUSES = {status: pb.FailureStatus.Value(f"FAILURE_STATUS_{status.name}") for status in FailureStatus}
AS_THEY_ARE = (
    "contract", "reason", "path", "rule", "dead_letters", "replayed", "explanation", "first_seen_ms", "last_seen_ms",
    "fingerprint", "version", "shape", "producer", "producer_version", "open", "discarded", "quarantined", "passed",
    "returned", "rate_per_min", "note", "cause",
)  # fmt: skip


class RecoveryService(RecoveryServiceServicer):
    """Answers from the store."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures

    async def ListFailures(  # noqa: N802 -- the name on the wire
        self,
        request: pb.ListFailuresRequest,
        context: grpc.aio.ServicerContext[pb.ListFailuresRequest, Awaitable[pb.ListFailuresResponse]],
    ) -> pb.ListFailuresResponse:
        wanted = [status for status, number in STATUSES.items() if number in request.statuses]
        try:
            found, omitted = await self._failures.list(
                contract=request.contract,
                reason=request.reason,
                path=request.path,
                producer=request.producer,
                since_ms=request.since_ms,
                until_ms=request.until_ms,
                statuses=wanted,
                limit=request.limit if request.limit > 0 else DEFAULT_LIMIT,
            )
        except StoreAwayError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return pb.ListFailuresResponse(failures=map(_failure, found), omitted=omitted)


def _failure(found: Failure) -> pb.Failure:
    return pb.Failure(
        **{name: getattr(found, name) for name in AS_THEY_ARE},
        status=STATUSES[found.status],
        marked=found.is_marked,
        alerting=found.is_alerting,
    )
