"""How far validation is with a raw partition, as its panes tell one after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from assay.alerts.panes.standing import PartitionState
from assay.api.validation.v1.pane_pb2 import Pane
from assay.streaming.standing import AHEAD_MS

__all__ = ["AHEAD_MS", "Place", "Seen", "went_on"]

Place = tuple[str, int]
"""Raw topic and partition."""


class Seen(NamedTuple):
    """What one pane says of its partition.

    The newest event time is one that can be: of all records, and of minutes that hold a valid one.
    """

    is_heartbeat: bool
    first_offset: int
    next_offset: int
    log_end: int
    at_ms: int
    arrived_ms: int | None = None
    event_ms: int | None = None
    valid_event_ms: int | None = None
    has_valid: bool = False

    @classmethod
    def of(cls, pane: Pane) -> Seen:
        """Return what a pane says."""
        offsets = (pane.first_offset, pane.next_offset, pane.log_end, pane.at_ms)
        if not pane.slices:
            return cls(True, *offsets)
        arrived_ms = pane.max_arrived_ms if pane.HasField("max_arrived_ms") else None
        return cls(False, *offsets, arrived_ms, *_events(pane))


def went_on(state: PartitionState | None, place: Place, panes: Iterable[Seen], now_ms: int) -> PartitionState:
    """Return what is known of a partition after some panes more, one at least, which came now; None is nothing yet."""
    for seen in panes:
        before = state or PartitionState(*place, seen.first_offset, seen.log_end, seen.at_ms, now_ms, now_ms)
        state = _beaten(before, seen, now_ms) if seen.is_heartbeat else _counted(before, seen, now_ms)
    assert state is not None
    return state


def _counted(state: PartitionState, seen: Seen, now_ms: int) -> PartitionState:
    """The state after a pane that counts. Its offset is taken as it is: if it is lower than before, the topic was made anew."""
    arrived_ms = _later(state.max_arrived_ms, seen.arrived_ms)
    return PartitionState(
        state.topic,
        state.partition,
        seen.next_offset,
        seen.log_end,
        seen.at_ms,
        seen_ms=now_ms,
        moved_ms=now_ms,
        max_event_ms=_later(state.max_event_ms, seen.event_ms),
        event_arrived_ms=state.event_arrived_ms if seen.event_ms is None else arrived_ms,
        max_arrived_ms=arrived_ms,
        last_valid_ms=_later(state.last_valid_ms, seen.arrived_ms if seen.has_valid else None),
        last_valid_event_ms=_later(state.last_valid_event_ms, seen.valid_event_ms),
    )


def _beaten(state: PartitionState, seen: Seen, now_ms: int) -> PartitionState:
    """The state after a heartbeat. It is written outside of transactions: one that is behind and older is of somebody who
    lost the partition, and says only that somebody is there."""
    if seen.next_offset < state.next_offset and seen.at_ms < state.at_ms:
        return replace(state, seen_ms=now_ms)
    moved_ms = state.moved_ms if seen.next_offset == state.next_offset else now_ms
    return replace(
        state,
        next_offset=seen.next_offset,
        log_end=seen.log_end,
        at_ms=seen.at_ms,
        seen_ms=now_ms,
        moved_ms=moved_ms,
    )


def _events(pane: Pane) -> tuple[int | None, int | None, bool]:
    """The newest event times, and whether there is a valid record."""
    last_ms, newest_ms, last = pane.at_ms + AHEAD_MS, pane.max_event_ms, pane.slices[-1].minutes[-1:]
    if newest_ms and newest_ms <= last_ms and last and last[0].valid and last[0].last_event_ms == newest_ms:
        return newest_ms, newest_ms, True  # so are nearly all, and to look at each minute takes longer
    minutes = [minute for part in pane.slices for minute in part.minutes]
    told = [each for each in minutes if each.HasField("last_event_ms") and each.last_event_ms <= last_ms]
    event_ms = max((each.last_event_ms for each in told), default=None)
    valid_ms = max((each.last_event_ms for each in told if each.valid), default=None)
    return event_ms, valid_ms, any(each.valid for each in minutes)


def _later(one_ms: int | None, other_ms: int | None) -> int | None:
    if one_ms is None or other_ms is None:
        return one_ms if other_ms is None else other_ms
    return max(other_ms, one_ms)
