"""Rows that wait to be sent, by the batch they will be in."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from assay.client.analytical.answer import Row

__all__ = ["Waiting"]


@dataclass(slots=True)
class _Batch:
    rows: list[Row] = field(default_factory=list)
    size_bytes: int = 0


class Waiting:
    """Puts rows together that may travel together; a batch is full at so many bytes, or when its row says so.

    Rows wait until they are `gone`: who stops while they are sent has lost none.
    """

    def __init__(self, batch_bytes: int) -> None:
        self._batch_bytes = batch_bytes
        self._open: dict[Hashable, _Batch] = {}
        self._full: deque[list[Row]] = deque()
        self.count = self.size_bytes = 0

    def add(self, key: Hashable, row: Row, batch_rows: int) -> bool:
        """Put a row to those of its key, of which a batch has so many; return whether one is full now."""
        batch = self._open.get(key)
        is_over = batch is not None and batch.size_bytes + row.size_bytes > self._batch_bytes
        if batch is None or is_over:
            if is_over:
                self._close(key)
            batch = self._open[key] = _Batch()
        batch.rows.append(row)
        batch.size_bytes += row.size_bytes
        self.count += 1
        self.size_bytes += row.size_bytes
        is_full = len(batch.rows) >= batch_rows
        if is_full:
            self._close(key)
        return is_full or is_over

    def close(self) -> int:
        """Fill no batch any further; return how many rows there are. Full batches go first, rows of one key in order."""
        for key in list(self._open):
            self._close(key)
        return self.count

    def first(self, most: int) -> list[Row]:
        """The rows of the batch that goes first, so many at most. There must be a full one."""
        return self._full[0][:most]

    def gone(self, rows: int) -> None:
        """Forget rows that went, the first of the first batch."""
        batch = self._full[0]
        self.count -= rows
        self.size_bytes -= sum(row.size_bytes for row in batch[:rows])
        del batch[:rows]
        if not batch:
            self._full.popleft()

    def _close(self, key: Hashable) -> None:
        self._full.append(self._open.pop(key).rows)
