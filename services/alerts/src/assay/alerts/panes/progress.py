"""How far validation is with a raw partition, as its panes tell one after the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assay.alerts.panes.standing import PartitionState
from assay.api.validation.v1.pane_pb2 import Pane

__all__ = ["AHEAD_MS", "went_on"]

AHEAD_MS = 300_000
"""An event this much later than its pane was closed is of a clock gone wrong: it counts in its minute, and says nothing
of how far event time has come."""


def went_on(state: PartitionState | None, panes: Sequence[Pane], now_ms: int) -> PartitionState:
    """Return what is known of a partition after some panes more, one at least, which came now; None is nothing yet."""
    progress = _Progress(panes[0], now_ms) if state is None else _Progress(state, now_ms)
    for pane in panes:
        if pane.slices:
            progress.count(pane)
        else:
            progress.beat(pane)
    return progress.state()


class _Progress:
    __slots__ = (
        "_arrived_ms", "_at_ms", "_event_arrived_ms", "_event_ms", "_log_end", "_moved_ms", "_next_offset", "_now_ms",
        "_place", "_valid_event_ms", "_valid_ms",
    )  # fmt: skip

    def __init__(self, before: PartitionState | Pane, now_ms: int) -> None:
        self._place = (before.topic, before.partition)
        self._now_ms = self._moved_ms = now_ms
        self._log_end, self._at_ms = before.log_end, before.at_ms
        self._event_ms = self._event_arrived_ms = self._arrived_ms = self._valid_ms = self._valid_event_ms = None
        if isinstance(before, Pane):
            self._next_offset = before.first_offset
            return
        self._next_offset, self._moved_ms = before.next_offset, before.moved_ms
        self._event_ms, self._event_arrived_ms = before.max_event_ms, before.event_arrived_ms
        self._arrived_ms = before.max_arrived_ms
        self._valid_ms, self._valid_event_ms = before.last_valid_ms, before.last_valid_event_ms

    def count(self, pane: Pane) -> None:
        """Take a pane that counts. Its offset is taken as it is: where it is lower than before, the topic was made anew."""
        self._next_offset, self._log_end, self._at_ms = pane.next_offset, pane.log_end, pane.at_ms
        self._moved_ms = self._now_ms
        arrived_ms = pane.max_arrived_ms if pane.HasField("max_arrived_ms") else None
        self._arrived_ms = _later(self._arrived_ms, arrived_ms)
        last_ms, is_valid = self._at_ms + AHEAD_MS, False
        for part in pane.slices:
            for minute in part.minutes:
                has_valid = minute.valid > 0
                is_valid = is_valid or has_valid
                if minute.HasField("last_event_ms") and minute.last_event_ms <= last_ms:
                    self._take_event(minute.last_event_ms, has_valid=has_valid)
        if is_valid:
            self._valid_ms = _later(self._valid_ms, arrived_ms)

    def beat(self, pane: Pane) -> None:
        """Take a heartbeat. It is written outside of transactions: one that is behind and older is of somebody who lost
        the partition, and says only that somebody is there."""
        if pane.next_offset < self._next_offset and pane.at_ms < self._at_ms:
            return
        if pane.next_offset != self._next_offset:
            self._moved_ms = self._now_ms
        self._next_offset, self._log_end, self._at_ms = pane.next_offset, pane.log_end, pane.at_ms

    def state(self) -> PartitionState:
        return PartitionState(
            *self._place,
            next_offset=self._next_offset,
            log_end=self._log_end,
            at_ms=self._at_ms,
            seen_ms=self._now_ms,
            moved_ms=self._moved_ms,
            max_event_ms=self._event_ms,
            event_arrived_ms=self._event_arrived_ms,
            max_arrived_ms=self._arrived_ms,
            last_valid_ms=self._valid_ms,
            last_valid_event_ms=self._valid_event_ms,
        )

    def _take_event(self, event_ms: int, *, has_valid: bool) -> None:
        self._event_ms = _later(self._event_ms, event_ms)
        self._event_arrived_ms = self._arrived_ms
        if has_valid:
            self._valid_event_ms = _later(self._valid_event_ms, event_ms)


def _later(one_ms: int | None, other_ms: int | None) -> int | None:
    if one_ms is None or other_ms is None:
        return one_ms if other_ms is None else other_ms
    return max(one_ms, other_ms)
