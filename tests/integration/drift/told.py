"""What is said of a model on the topic of breaches, which all models and contracts share."""

from __future__ import annotations

from assay.api.alerts.v1.alerts_pb2 import Measurement
from assay.streaming import scan
from assay.streaming.topics import BREACHES

__all__ = ["told_of"]


async def told_of(bootstrap: str, model: str) -> list[tuple[str, int, int]]:
    """Return of what, in which window, and what, as it was said; what others write there need not even be readable."""
    mine = f"drift/{model}/".encode()
    found: list[tuple[str, int, int]] = []
    async for records in scan(bootstrap, [BREACHES]):
        for record in records:
            if (record.key or b"").startswith(mine):
                each = Measurement.FromString(record.value or b"")
                found.append((each.promise, each.window_start_ms, each.state))
    return found
