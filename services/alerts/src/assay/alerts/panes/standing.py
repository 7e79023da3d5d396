"""How a raw partition stands, and up to which event time a contract is complete. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.contracts import Contract
from assay.streaming import Partition

__all__ = ["Attention", "Bounds", "PartitionState", "Standing", "standing", "standings", "watermark"]

GAP_MS = 5_000
"""Looking that was interrupted for longer starts anew: nobody is silent for what was not listened to."""


class Standing(StrEnum):
    """Moving: records come, or are awaited for not so long. Idle: all are judged, and none comes. Stuck: records wait, and
    none is judged. Dead: nobody says anything of it."""

    MOVING = "moving"
    IDLE = "idle"
    STUCK = "stuck"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What the panes of one raw partition said.

    Times of records and `at_ms`, when its newest pane was closed, are by the clocks of those who wrote them. `seen_ms`,
    when that pane came here, and `moved_ms`, when one came that had gone on, are by the clock of alerts, so that silence
    is measured by one clock. `event_arrived_ms` is how far arrivals were when `max_event_ms` was last told of.
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
    last_valid_ms: int | None = None
    """Newest arrival of a transaction that held a valid record."""
    last_valid_event_ms: int | None = None
    """Newest event time in a minute that held a valid record."""

    @property
    def place(self) -> Partition:
        return Partition(self.topic, self.partition)

    @property
    def is_at_end(self) -> bool:
        """Whether all that was written is judged, as far as is known."""
        return self.next_offset >= self.log_end


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

    One that never had a record is idle at once: there is nothing to wait for.
    """
    if now_ms - max(state.seen_ms, bounds.since_ms) > 1000 * bounds.dead_s:
        return Standing.DEAD
    still_ms = now_ms - state.moved_ms
    if not state.is_at_end:
        is_stuck = min(still_ms, now_ms - bounds.since_ms) > 1000 * bounds.stuck_s
        return Standing.STUCK if is_stuck else Standing.MOVING
    return Standing.IDLE if state.max_arrived_ms is None or still_ms > 1000 * idle_s else Standing.MOVING


def standings(
    contract: Contract, states: Iterable[PartitionState], now_ms: int, bounds: Bounds, known_ms: int
) -> Mapping[Partition, Standing]:
    """Return how each partition of the contract's sources stands, those included of which no pane came yet.

    Such a one is given `dead_s` from `known_ms` on, when the contract was first seen. What comes back from recovery is no
    source: its partitions are left out.
    """
    idle_s, known = contract.watermark.idle_s, {state.place: state for state in states}
    is_late = now_ms - max(known_ms, bounds.since_ms) > 1000 * bounds.dead_s
    unheard = Standing.DEAD if is_late else Standing.MOVING
    return {
        place: standing(known[place], now_ms, idle_s, bounds) if place in known else unheard
        for place in _sources(contract)
    }


def watermark(
    contract: Contract,
    states: Sequence[PartitionState],
    standing_of: Mapping[Partition, Standing],
    before_ms: int | None,
) -> int | None:
    """Return up to which event time the contract's records are complete, as far as can be known; None for not at all yet.

    It stays `delay_s` behind the newest event of the partition that is least far. Idle partitions are left out; when all
    are idle the event clock goes on from the last event at the pace of the wall clock, so that windows close though
    nothing comes, and a replay of old records closes old windows only. A partition that is stuck or dead, or of which
    nothing is known yet, holds it where it is. It never goes back.

    Args:
        standing_of: what `standings` returned for the same states.
        before_ms: what this function returned last.
    """
    now_ms = _event_clock(contract, states, standing_of)
    if now_ms is None:
        return before_ms
    found_ms = now_ms - int(1000 * contract.watermark.delay_s)
    return found_ms if before_ms is None else max(found_ms, before_ms)


def _event_clock(
    contract: Contract, states: Iterable[PartitionState], standing_of: Mapping[Partition, Standing]
) -> int | None:
    known = {state.place: state for state in states if state.place in standing_of}
    if {Standing.STUCK, Standing.DEAD} & {*standing_of.values()}:
        return None
    by_arrival = contract.event_time is None
    moving = [place for place, stands in standing_of.items() if stands is Standing.MOVING]
    if any(place not in known or known[place].max_arrived_ms is None for place in moving):
        return None  # its first records are still to come
    running = _told(_running_ms(known[place], by_arrival=by_arrival) for place in moving)
    if running:
        return min(running)
    resting = _told(_resting_ms(state, by_arrival=by_arrival) for state in known.values() if state.place not in moving)
    return max(resting) if resting else min(_told(known[place].max_arrived_ms for place in moving), default=None)


def _told(clocks: Iterable[int | None]) -> list[int]:
    return [ms for ms in clocks if ms is not None]


def _running_ms(state: PartitionState, *, by_arrival: bool) -> int | None:
    """The event clock of a partition that moves.

    Records without an event time move it on by how much later they arrived: a producer whose times can't be read any more
    must not hold the windows in which that is counted.
    """
    if by_arrival:
        return state.max_arrived_ms
    if state.max_event_ms is None:
        return None
    return state.max_event_ms + max(0, (state.max_arrived_ms or 0) - (state.event_arrived_ms or 0))


def _resting_ms(state: PartitionState, *, by_arrival: bool) -> int | None:
    """The event clock of a partition that rests: it went on as the wall clock did since the last arrival."""
    if state.max_arrived_ms is None:
        return None
    event_ms = state.max_arrived_ms if by_arrival or state.max_event_ms is None else state.max_event_ms
    arrived_ms = state.max_arrived_ms if by_arrival or state.event_arrived_ms is None else state.event_arrived_ms
    return event_ms + max(0, state.at_ms - arrived_ms)


def _sources(contract: Contract) -> Sequence[Partition]:
    topics = [topic for topic in (contract.topics.raw_app, contract.topics.raw_cdc) if topic]
    return [Partition(topic, number) for topic in topics for number in range(contract.partitions)]
