"""Adds up the minutes of many panes at once, number by number under its name. Pure; their order does not matter."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from assay.alerts.errors import MalformedPaneError
from assay.alerts.panes.layout import Layout
from assay.alerts.panes.packing import NEVER, Total
from assay.api.validation.v1.pane_pb2 import PaneMinute

__all__ = ["Added", "Batch", "Minute", "together"]

Minute = tuple[str, int, str]
"""Contract, minute and version."""

MOST = 2**40
"""No pane counts more than so many of anything; what says so is no pane of validation."""


class Added(NamedTuple):
    """Sums by minute, of how many panes each, and how many minutes of panes could not be true."""

    totals: dict[Minute, Total]
    panes: dict[Minute, int]
    unsound: int


class Batch:
    """Minutes of one layout, row by row until they are added up."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.digest = layout.digest
        self._width = sum(layout.sizes)
        self._places = {reason: place for place, reason in enumerate(layout.reasons, 2)}
        self._nothing = [0] * (2 + len(layout.reasons))
        self._spots: dict[Minute, int] = {}
        self._of: list[int] = []
        self._row = struct.Struct(f"={self._width}q")
        self._rows = bytearray()
        self._newest: list[int] = []

    def add(self, key: Minute, minute: PaneMinute) -> None:
        """Take in one minute of one pane.

        Raises:
            MalformedPaneError: it has other numbers than its layout names.
            KeyError: a record was refused for a reason that the layout does not name.
        """
        numbers = self._nothing[:]
        numbers[0], numbers[1] = minute.valid, minute.rows
        for each in minute.refused:
            numbers[self._places[each.reason]] += each.count
        # Copies of slices take half the time of a list of all.
        numbers += minute.nulls[:] + minute.present[:] + minute.failing[:] + minute.lateness[:]
        if len(numbers) != self._width:
            numbers[len(self._nothing) :] = self._filled(minute)
        try:
            self._rows += self._row.pack(*numbers)  # a fifth of what a list costs to make an array of
        except struct.error as error:
            raise MalformedPaneError("it has a number that is too large") from error
        self._of.append(self._spots.setdefault(key, len(self._spots)))
        self._newest.append(minute.last_event_ms if minute.HasField("last_event_ms") else NEVER)

    def added(self) -> Added:
        """Return the sums by minute; rows that could not be true are left out and counted."""
        rows = np.frombuffer(self._rows, np.int64).reshape(-1, self._width)
        of, newest = np.array(self._of, np.int64), np.array(self._newest, np.int64)
        is_sound = ((rows >= 0) & (rows <= MOST)).all(axis=1)
        rows, of, newest = rows[is_sound], of[is_sound], newest[is_sound]
        order = np.argsort(of, kind="stable")
        spots, starts = np.unique(of[order], return_index=True)
        keys = [*self._spots]
        minutes = [keys[spot] for spot in spots.tolist()]
        unsound = len(self._of) - len(rows)
        if not minutes:
            return Added({}, {}, unsound)
        sums = np.add.reduceat(rows[order], starts, axis=0)
        newest_ms = np.maximum.reduceat(newest[order], starts).tolist()
        totals = map(Total, sums, newest_ms)
        panes = np.diff(starts, append=len(order)).tolist()
        return Added(dict(zip(minutes, totals, strict=True)), dict(zip(minutes, panes, strict=True)), unsound)

    def _filled(self, minute: PaneMinute) -> list[int]:
        """The numbers, with zeros for those that are left out together: none of its records had such a thing."""
        numbers: list[int] = []
        parts = (minute.nulls, minute.present, minute.failing, minute.lateness)
        for part, size in zip(parts, self.layout.sizes[2:], strict=True):
            if len(part) not in (0, size):
                raise MalformedPaneError(f"{len(part)} numbers stand where its slice names {size}")
            numbers += part or [0] * size
        return numbers


def together(before: Total | None, more: Total) -> Total:
    """Return the sum of both, which keeps no other numbers alive."""
    if before is None:
        return Total(more.numbers.copy(), more.newest_ms)
    return Total(before.numbers + more.numbers, max(before.newest_ms, more.newest_ms))
