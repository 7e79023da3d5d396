"""How a partition stands that somebody reads and tells of: moving, idle, stuck or dead. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from assay.streaming.record import Partition

__all__ = ["AHEAD_MS", "Attention", "Bounds", "PartitionState", "Standing", "standing", "standings"]

AHEAD_MS = 300_000
"""An event this much later than its pane was closed is of a clock gone wrong: it counts where it falls, and says nothing
of how far event time has come."""

GAP_MS = 5_000
"""Looking that was interrupted for longer starts anew: nobody is silent for what was not listened to."""


class Standing(StrEnum):
    """Moving: records come, or are awaited for not so long. Idle: all are read, and none comes. Stuck: records wait, and
    none is read. Dead: nobody says anything of it."""

    MOVING = "moving"
    IDLE = "idle"
    STUCK = "stuck"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What the panes of one partition said.

    Times of records and `at_ms`, when its newest pane was closed, are by the clocks of those who wrote them. `seen_ms`,
    when that pane came here, and `moved_ms`, when one came that had gone on, are by the clock of who listens, so that
    silence is measured by one clock. `event_arrived_ms` is how far arrivals were when `max_event_ms` was last told of.
    """

    topic: str
    partition: int
    next_offset: int
    log_end: int
    at_ms: int
    seen_ms: int
    moved_ms: int
    max_event_ms: int | None = None
    event_arrived_ms: int | None = None
    max_arrived_ms: int | None = None

    @property
    def place(self) -> Partition:
        return Partition(self.topic, self.partition)

    @property
    def is_at_end(self) -> bool:
        """Whether all that was written is read, as far as is known."""
        return self.next_offset >= self.log_end

    @property
    def is_blank(self) -> bool:
        """Whether it never had a record, so that there is nothing to wait for."""
        return self.max_arrived_ms is None

    @property
    def rests_since_ms(self) -> int | None:
        """Since when nothing comes that event time waits for; None while something does."""
        return self.moved_ms if self.is_at_end else None


@dataclass(frozen=True, slots=True)
class Attention:
    """Since when somebody looks without a gap, by the times of the looks."""

    since_ms: int
    looked_ms: int

    def at(self, now_ms: int) -> Attention:
        """The same after one more look; a gap, as after a store that was away or a machine that slept, starts it anew."""
        is_gap = not 0 <= now_ms - self.looked_ms <= GAP_MS
        return Attention(now_ms if is_gap else self.since_ms, now_ms)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long silence is borne; it is counted from `since_ms` on at the earliest, when listening began."""

    dead_s: float = 20.0
    stuck_s: float = 30.0
    since_ms: int = 0


def standing(state: PartitionState, now_ms: int, idle_s: float, bounds: Bounds) -> Standing:
    """Return how a partition stands.

    A blank one is idle at once.
    """
    if now_ms - max(state.seen_ms, bounds.since_ms) > 1000 * bounds.dead_s:
        return Standing.DEAD
    still_ms = now_ms - state.moved_ms
    if not state.is_at_end and min(still_ms, now_ms - bounds.since_ms) > 1000 * bounds.stuck_s:
        return Standing.STUCK
    since_ms = state.rests_since_ms
    if since_ms is None:
        return Standing.MOVING
    return Standing.IDLE if state.is_blank or now_ms - since_ms > 1000 * idle_s else Standing.MOVING


def standings(
    places: Iterable[Partition],
    states: Iterable[PartitionState],
    now_ms: int,
    idle_s: float,
    bounds: Bounds,
    known_ms: int,
) -> Mapping[Partition, Standing]:
    """Return how each of these partitions stands, those included of which no pane came yet.

    Such a one is given `dead_s` from `known_ms` on, when it was first known that there is one.
    """
    known = {state.place: state for state in states}
    is_late = now_ms - max(known_ms, bounds.since_ms) > 1000 * bounds.dead_s
    unheard = Standing.DEAD if is_late else Standing.MOVING
    return {place: standing(known[place], now_ms, idle_s, bounds) if place in known else unheard for place in places}
