"""Answers that never change, ready to be sent: the schema of an id."""

from __future__ import annotations

__all__ = ["ReadyBytes"]

MAX_BYTES = 128 * 1024 * 1024
MAX_ONE = 1024 * 1024


class ReadyBytes:
    """Keeps answers by path while the ids stand for what they stood for.

    An id goes for good only when its last version is deleted permanently, which raises the store's `forgotten` count:
    an answer is kept under the count it was read with, and all go when a higher one is seen.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}
        self._size = 0
        self._count = -1

    @property
    def is_full(self) -> bool:
        """Whether another answer would push one out."""
        return self._size > MAX_BYTES - MAX_ONE

    def get(self, path: bytes) -> bytes | None:
        """The answer to a path, if it is ready."""
        return self._kept.get(path)

    def keep(self, path: bytes, body: bytes, count: int) -> None:
        """Keep an answer that was read in the transaction that saw this count; the oldest ones make room."""
        self.saw(count)
        if count < self._count or len(body) > MAX_ONE or path in self._kept:
            return
        self._kept[path] = bytes(memoryview(body))  # a copy of its size: what orjson makes has room for 8 KiB
        self._size += len(path) + len(body)
        while self._size > MAX_BYTES:
            oldest = next(iter(self._kept))
            self._size -= len(oldest) + len(self._kept.pop(oldest))

    def saw(self, count: int) -> None:
        """Take note of the count as it is in the store now."""
        if count > self._count:
            self._kept.clear()
            self._size = 0
            self._count = count
