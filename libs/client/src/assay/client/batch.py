"""Events that wait for the gateway, and how they are cut into batches: pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from assay.api.ingestion.v1 import ingestion_pb2 as pb
from assay.client.receipt import Receipt

__all__ = ["Pending", "take_batch"]


@dataclass(slots=True)
class Pending:
    """An event that is not settled. `overdue_s` is the moment, on the loop's clock, when waiting for it ends."""

    event: pb.Event
    size_bytes: int
    overdue_s: float
    receipt: Receipt | None
    tries: int = 0


def take_batch(waiting: deque[Pending], batch_events: int, batch_bytes: int) -> list[Pending]:
    """Take from the front what fits into one batch; always at least one, where any waits."""
    batch: list[Pending] = []
    size_bytes = 0
    while waiting and len(batch) < batch_events:
        size_bytes += waiting[0].size_bytes
        if batch and size_bytes > batch_bytes:
            break
        batch.append(waiting.popleft())
    return batch
