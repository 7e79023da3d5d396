"""Writes a batch of admitted events, and finds the one that the broker refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assay.contracts import Reason
from assay.ingestion.door import Rejection
from assay.streaming.errors import RefusedRecordError
from assay.streaming.headers import Source
from assay.streaming.record import Outgoing

__all__ = ["Publishes", "publish"]


class Publishes(Protocol):
    """Writes records and says where each stands, as `assay.streaming.Publisher` promises."""

    async def publish(self, outgoing: Sequence[Outgoing]) -> list[Source]: ...


async def publish(publisher: Publishes, outgoing: Sequence[Outgoing]) -> list[Source | Rejection]:
    """Return where each record stands, or that the broker refuses it for what it is.

    A refused record would hold back all that came with it: the batch is halved until it stands alone. What was
    written before may be written twice, with the same event id.

    Raises:
        BrokerError: it is not known that all were written.
    """
    if not outgoing:
        return []
    try:
        return list(await publisher.publish(outgoing))
    except RefusedRecordError as error:
        if len(outgoing) == 1:
            return [Rejection(Reason.TOO_LARGE, str(error))]
    half = len(outgoing) // 2
    return await publish(publisher, outgoing[:half]) + await publish(publisher, outgoing[half:])
