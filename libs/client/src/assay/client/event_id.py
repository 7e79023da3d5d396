"""Event ids: UUIDs of version 7, ordered by time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

__all__ = ["new_event_id"]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def new_event_id(now_ms: Callable[[], int] = _now_ms, random_bits: Callable[[int], int] = secrets.randbits) -> str:
    """Return a fresh UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random ones."""
    chance = random_bits(74)
    high = (now_ms() & (1 << 48) - 1) << 16 | 7 << 12 | chance >> 62
    low = 2 << 62 | chance & (1 << 62) - 1
    digits = f"{high << 64 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
