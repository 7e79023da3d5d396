"""Adds up the minutes of panes, number by number under its name. Pure; the order in which they are added does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import add

from assay.alerts.errors import MalformedPaneError
from assay.alerts.panes.layout import Layout
from assay.api.validation.v1.pane_pb2 import PaneMinute, PaneRefused
from assay.contracts import Counts

__all__ = ["Minute", "Parts", "Place", "Sum"]

Minute = tuple[str, int, str]
"""Contract, minute and version."""
Place = tuple[str, int]
"""Raw topic and partition."""


class Sum:
    """The records of minutes whose slices have the same layout."""

    __slots__ = ("_layout", "_numbers", "_width", "last_event_ms", "refused", "rows", "valid")

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._width = 2 * len(layout.fields) + len(layout.promises) + len(layout.bounds_ms) + 1
        self._numbers: list[int] | None = None
        self.valid = self.rows = 0
        self.refused: dict[str, int] = {}
        self.last_event_ms: int | None = None

    def add(self, minute: PaneMinute) -> None:
        """Add the records of one minute.

        Raises:
            MalformedPaneError: it has other numbers than its layout names.
        """
        # Copies of slices take half the time of a list of all.
        numbers = minute.nulls[:] + minute.present[:] + minute.failing[:] + minute.lateness[:]
        if len(numbers) != self._width:
            numbers = self._filled(minute)
        self._numbers = numbers if self._numbers is None else [*map(add, self._numbers, numbers)]
        self.valid += minute.valid
        self.rows += minute.rows
        for each in minute.refused:
            self.refused[each.reason] = self.refused.get(each.reason, 0) + each.count
        if minute.HasField("last_event_ms"):
            newest_ms = minute.last_event_ms
            self.last_event_ms = newest_ms if self.last_event_ms is None else max(newest_ms, self.last_event_ms)

    def merge(self, other: Sum) -> None:
        """Add the records of another sum of the same layout."""
        if other._numbers is not None:
            self._numbers = [*map(add, self._numbers, other._numbers)] if self._numbers else other._numbers
        self.valid += other.valid
        self.rows += other.rows
        for reason, count in other.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + count
        newest = [ms for ms in (self.last_event_ms, other.last_event_ms) if ms is not None]
        self.last_event_ms = max(newest, default=None)

    def message(self) -> PaneMinute:
        """Return the sum as a minute again."""
        nulls, present, failing, lateness = self._named
        return PaneMinute(
            valid=self.valid,
            rows=self.rows,
            refused=[PaneRefused(reason=reason, count=count) for reason, count in sorted(self.refused.items())],
            nulls=nulls,
            present=present,
            failing=failing,
            lateness=lateness,
            last_event_ms=self.last_event_ms,
        )

    def counts(self) -> Counts:
        """Return the sum as what promises are held to."""
        nulls, present, failing, lateness = self._named
        timed = [*accumulate(lateness)]
        return Counts(
            rows=self.rows or sum((*nulls[:1], *present[:1])),  # panes of before `rows` tell it by their fields
            valid=self.valid,
            refused=dict(sorted(self.refused.items())),
            failing=dict(zip(self._layout.promises, failing, strict=True)),
            lateness=dict(zip(self._layout.bounds_ms, timed, strict=False)),
            timed=timed[-1],
            last_event_ms=self.last_event_ms,
        )

    @property
    def _named(self) -> tuple[Sequence[int], ...]:
        """Nulls, present, failing and lateness."""
        numbers = self._numbers or [0] * self._width
        fields, promises = len(self._layout.fields), len(self._layout.promises)
        ends = (0, fields, 2 * fields, 2 * fields + promises, self._width)
        return tuple(numbers[start:end] for start, end in pairwise(ends))

    def _filled(self, minute: PaneMinute) -> list[int]:
        """The numbers, with zeros for those that are left out together: none of its records had such a thing."""
        layout = self._layout
        sizes = (len(layout.fields), len(layout.fields), len(layout.promises), len(layout.bounds_ms) + 1)
        numbers: list[int] = []
        for part, size in zip((minute.nulls, minute.present, minute.failing, minute.lateness), sizes, strict=True):
            if len(part) not in (0, size):
                raise MalformedPaneError(f"{len(part)} numbers stand where its slice names {size}")
            numbers += part or [0] * size
        return numbers


Parts = dict[bytes, Sum]
"""Sums by the digest of their layout."""
