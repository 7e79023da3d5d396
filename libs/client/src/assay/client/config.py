"""The producer's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """Where to send, and how much may wait.

    `delivery_s` runs from emit over all tries of an event; `call_s` bounds one try; `close_s` is how long a block that
    ends with an error may still deliver. `lanes` is how many batches of one contract may be under way at once.
    `producer` is the name of this app in reports.
    """

    gateway: str = "127.0.0.1:7020"
    batch_events: int = 500
    batch_bytes: int = 1_000_000
    linger_ms: int = 20
    buffer_events: int = 20_000
    buffer_bytes: int = 64 * 1024 * 1024
    record_limit_bytes: int = 1024 * 1024
    lanes: int = 4
    call_s: float = 10.0
    delivery_s: float = 60.0
    close_s: float = 2.0
    producer: str = field(default_factory=lambda: os.environ.get("OTEL_SERVICE_NAME", ""))
