"""Rows that wait to be sent, by the batch they will be in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from assay.client.analytical.answer import Row

__all__ = ["Waiting"]


@dataclass(slots=True)
class _Batch:
    rows: list[Row] = field(default_factory=list)
    size_bytes: int = 0


class Waiting:
    """Puts rows together that may travel together; a batch is full at so many rows or bytes, whichever is first."""

    def __init__(self, rows: int, size_bytes: int) -> None:
        self._rows, self._size_bytes = rows, size_bytes
        self._open: dict[Hashable, _Batch] = {}
        self._full: list[list[Row]] = []
        self.count = 0

    def add(self, key: Hashable, row: Row) -> bool:
        """Put a row to those of its key; return whether a batch is full now."""
        batch = self._open.get(key)
        if batch is not None and batch.size_bytes + row.size_bytes > self._size_bytes:
            self._close(key)
            batch = None
        if batch is None:
            batch = self._open[key] = _Batch()
        batch.rows.append(row)
        batch.size_bytes += row.size_bytes
        self.count += 1
        if len(batch.rows) >= self._rows:
            self._close(key)
        return bool(self._full)

    def take(self) -> list[list[Row]]:
        """Take all batches out, the full ones first; rows of one key stay in order. They count until they are `gone`."""
        for key in list(self._open):
            self._close(key)
        taken, self._full = self._full, []
        return taken

    def gone(self, rows: int) -> None:
        """Count out rows that were taken."""
        self.count -= rows

    def _close(self, key: Hashable) -> None:
        self._full.append(self._open.pop(key).rows)
