"""How far validation is with a raw partition, as its panes tell one after the other. Pure."""

from __future__ import annotations

from assay.alerts.panes.standing import PartitionState
from assay.api.validation.v1.pane_pb2 import Pane

__all__ = ["AHEAD_MS", "started", "went_on"]

AHEAD_MS = 300_000
"""An event this much later than its pane was closed is a clock gone wrong: it counts in its minute, and says nothing of
how far event time has come."""


def started(pane: Pane, now_ms: int) -> PartitionState:
    """Return what the first pane of a partition tells."""
    unknown = PartitionState(pane.topic, pane.partition, pane.first_offset, pane.log_end, pane.at_ms, now_ms, now_ms)
    return went_on(unknown, pane, now_ms)


def went_on(state: PartitionState, pane: Pane, now_ms: int) -> PartitionState:
    """Return what is known of a partition after one more pane, which came now.

    The offset of a pane that counts is taken as it is: where it is lower than before, the topic was made anew. A
    heartbeat is written outside of transactions; one that is behind and older is of somebody who lost the partition.
    """
    if not pane.slices:
        is_stale = pane.next_offset < state.next_offset and pane.at_ms < state.at_ms
        return _seen(state, now_ms) if is_stale else _at(state, pane, now_ms)
    newest_ms, valid_ms = _event_times(pane)
    arrived_ms = _later(state.max_arrived_ms, pane.max_arrived_ms)
    is_valid = any(minute.valid for part in pane.slices for minute in part.minutes)
    return PartitionState(
        topic=state.topic,
        partition=state.partition,
        next_offset=pane.next_offset,
        log_end=pane.log_end,
        at_ms=pane.at_ms,
        seen_ms=now_ms,
        moved_ms=now_ms,
        max_event_ms=_later(state.max_event_ms, newest_ms),
        event_arrived_ms=state.event_arrived_ms if newest_ms is None else arrived_ms,
        max_arrived_ms=arrived_ms,
        last_valid_ms=_later(state.last_valid_ms, pane.max_arrived_ms if is_valid else None),
        last_valid_event_ms=_later(state.last_valid_event_ms, valid_ms),
    )
