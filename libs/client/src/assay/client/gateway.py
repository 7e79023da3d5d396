"""One try of one batch at the gateway."""

from __future__ import annotations

from collections.abc import Sequence

import grpc

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.api.ingestion.v1.ingestion_pb2_grpc import IngestionServiceStub
from assay.client.receipt import Accepted, Outcome, Rejected

__all__ = ["Gateway", "GatewayAwayError", "GatewayRefusedError"]

FINAL = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)
"""What another try does not change. All else is tried again: the ids stay the same, so a repeat does no harm."""


class GatewayAwayError(Exception):
    """No answer for now; the same batch may go through later."""


class GatewayRefusedError(Exception):
    """The gateway refuses the call as it is."""


class Gateway:
    """The gateway at the end of a channel; the first call connects."""

    def __init__(self, channel: grpc.aio.Channel, producer: str = "") -> None:
        self._stub = IngestionServiceStub(channel)
        self._producer = producer

    async def publish(self, events: Sequence[pb.Event], timeout_s: float) -> list[Outcome | None]:
        """Return what became of each event, in their order; None for one to be tried again.

        Raises:
            GatewayAwayError: it is not known what became of them; try again with the same ids.
            GatewayRefusedError: trying again does not help.
        """
        request = pb.PublishEventsRequest(events=events, producer=self._producer)
        try:
            response = await self._stub.PublishEvents(request, timeout=timeout_s, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            words = f"{error.code().name}: {error.details()}"
            raise (GatewayRefusedError if error.code() in FINAL else GatewayAwayError)(words) from error
        if len(response.results) != len(events):
            raise GatewayRefusedError(f"{len(response.results)} results for {len(events)} events")
        return [_outcome(result) for result in response.results]


def _outcome(result: pb.EventResult) -> Outcome | None:
    if result.HasField("accepted"):
        return Accepted(result.accepted.topic, result.accepted.partition, result.accepted.offset)
    if result.HasField("rejected"):
        return Rejected(result.rejected.reason, result.rejected.message)
    return None
