"""How far counting is with one partition of a model's logs, as its panes tell one after the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from assay.api.drift.v1.pane_pb2 import DriftPane
from assay.streaming.standing import AHEAD_MS, PartitionState

__all__ = ["Lane", "Reach", "went_on"]


class Reach(NamedTuple):
    """How far one log is read, and where it ends as far as is known."""

    next_offset: int
    log_end: int


@dataclass(frozen=True, slots=True)
class Lane(PartitionState):
    """The same partition of all logs of a model: `topic` is the model, offsets are sums over its logs.

    `predicted_ms` is when a pane came that had predictions, or the first one, by the clock of who listens: event time waits
    for those, and for no label. Times of events and arrivals are those of predictions.
    """

    logs: Mapping[str, Reach] = field(default_factory=dict)
    predicted_ms: int = 0
    unmatched: int = 0
    forgotten: int = 0
    lead: str = ""
    """The topic of predictions; until it is given, all logs are waited for."""

    @property
    def is_blank(self) -> bool:
        """No lane is: its first predictions may be on their way through validation while others are counted already."""
        return False

    @property
    def rests_since_ms(self) -> int | None:
        """Since when no prediction comes; None while some wait."""
        lead = self.logs.get(self.lead)
        is_at_end = self.is_at_end if lead is None else lead.next_offset >= lead.log_end
        return self.predicted_ms if is_at_end else None


def went_on(lane: Lane | None, pane: DriftPane, now_ms: int) -> Lane | None:
    """Return a lane after one pane more, which came now; None where the pane was counted before.

    A pane goes on where it begins at or after what is read of each log: after it, where records went before anybody read
    them. A log that ends before what was read of it was made anew, and begins again.
    """
    before = lane or Lane(pane.model, pane.partition, 0, 0, pane.at_ms, now_ms, now_ms, predicted_ms=now_ms)
    spans = {each.topic: each for each in pane.logs}
    for topic, span in spans.items():
        known = before.logs.get(topic)
        if known is not None and span.first_offset < known.next_offset <= max(span.log_end, span.next_offset):
            return None
    logs = dict(before.logs) | {
        topic: Reach(span.next_offset, max(span.log_end, span.next_offset)) for topic, span in spans.items()
    }
    moved = any(span.next_offset > span.first_offset for span in spans.values())
    return _told(
        replace(
            before,
            logs=logs,
            next_offset=sum(each.next_offset for each in logs.values()),
            log_end=sum(each.log_end for each in logs.values()),
            at_ms=pane.at_ms,
            seen_ms=now_ms,
            moved_ms=now_ms if moved or lane is None else before.moved_ms,
            unmatched=before.unmatched + pane.unmatched,
            forgotten=before.forgotten + pane.forgotten,
        ),
        pane,
        now_ms,
    )


def _told(lane: Lane, pane: DriftPane, now_ms: int) -> Lane:
    """The lane with what its predictions say of time."""
    if not pane.HasField("max_event_ms") and not pane.HasField("max_arrived_ms"):
        return lane
    arrived_ms = _later(lane.max_arrived_ms, pane.max_arrived_ms if pane.HasField("max_arrived_ms") else None)
    event_ms = _event_ms(pane)
    return replace(
        lane,
        predicted_ms=now_ms,
        max_event_ms=_later(lane.max_event_ms, event_ms),
        event_arrived_ms=lane.event_arrived_ms if event_ms is None else arrived_ms,
        max_arrived_ms=arrived_ms,
    )


def _event_ms(pane: DriftPane) -> int | None:
    """The newest event time that can be; where the newest of all can't, the begin of the newest stretch that can."""
    last_ms = pane.at_ms + AHEAD_MS
    if pane.HasField("max_event_ms") and pane.max_event_ms <= last_ms:
        return pane.max_event_ms
    return max((each.start_ms for each in pane.slices if each.start_ms <= last_ms), default=None)


def _later(one_ms: int | None, other_ms: int | None) -> int | None:
    if one_ms is None or other_ms is None:
        return one_ms if other_ms is None else other_ms
    return max(other_ms, one_ms)
