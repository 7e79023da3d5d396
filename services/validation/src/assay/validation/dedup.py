"""Which event ids were seen within the window of a contract, by partition of its raw topic. Pure."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

__all__ = ["MAX_IDS", "Window"]

MAX_IDS = 500_000
"""Ids that one partition remembers: some 75 MB. Beyond it the oldest is forgotten before its time."""

LONGEST_ID = 64


class Window:
    """Event ids of one partition and when each first arrived.

    What counts as a repeat is a function of the records alone: an id that arrives within `window_ms` of the first record
    that had it, by their arrival at the door. It is asked in the order of the log.
    """

    def __init__(self, window_ms: int, max_ids: int = MAX_IDS) -> None:
        self._window_ms = window_ms
        self._max_ids = max_ids
        self._first_ms: OrderedDict[bytes, int] = OrderedDict()
        self.forgotten = 0
        """Ids that were forgotten while they still counted, because there were too many."""

    def __len__(self) -> int:
        return len(self._first_ms)

    def repeats(self, event_id: bytes, arrived_ms: int) -> bool:
        """Say whether this is a repeat; the first of its window is remembered."""
        key = event_id if len(event_id) <= LONGEST_ID else hashlib.blake2b(event_id, digest_size=32).digest()
        first_ms = self._first_ms.get(key)
        if first_ms is not None and abs(arrived_ms - first_ms) <= self._window_ms:
            return True
        self._remember(key, arrived_ms)
        return False

    def _remember(self, key: bytes, arrived_ms: int) -> None:
        """Note an id; let go of two that are out of the window at most, so that no call takes long."""
        first_ms = self._first_ms
        first_ms.pop(key, None)
        first_ms[key] = arrived_ms
        for _ in range(2):
            if arrived_ms - next(iter(first_ms.values())) <= self._window_ms:
                break
            first_ms.popitem(last=False)
        if len(first_ms) > self._max_ids:
            first_ms.popitem(last=False)
            self.forgotten += 1
