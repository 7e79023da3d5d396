"""The gRPC face of alerts."""

from __future__ import annotations

from collections.abc import Awaitable

import grpc

from assay.alerts.store import BreachStore
from assay.alerts.wire import write_breach
from assay.api.alerts.v1 import alerts_pb2, alerts_pb2_grpc
from assay.runtime.database import StoreAwayError

__all__ = ["SERVICE", "AlertsService"]

SERVICE = alerts_pb2.DESCRIPTOR.services_by_name["AlertsService"].full_name


class AlertsService(alerts_pb2_grpc.AlertsServiceServicer):
    """Answers from the store."""

    def __init__(self, store: BreachStore) -> None:
        self._store = store

    async def ListBreaches(  # noqa: N802 -- the name on the wire
        self,
        request: alerts_pb2.ListBreachesRequest,
        context: grpc.aio.ServicerContext[alerts_pb2.ListBreachesRequest, Awaitable[alerts_pb2.ListBreachesResponse]],
    ) -> alerts_pb2.ListBreachesResponse:
        try:
            found = await self._store.breaches(request.contract)
        except StoreAwayError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return alerts_pb2.ListBreachesResponse(breaches=[write_breach(breach) for breach in found])
