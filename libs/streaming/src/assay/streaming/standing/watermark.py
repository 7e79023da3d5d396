"""Up to which event time records are complete, by how the partitions stand that they come in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assay.streaming.record import Partition
from assay.streaming.standing.partitions import PartitionState, Standing

__all__ = ["watermark"]


def watermark(
    states: Sequence[PartitionState],
    standing_of: Mapping[Partition, Standing],
    before_ms: int | None,
    *,
    delay_s: float,
    by_arrival: bool = False,
) -> int | None:
    """Return up to which event time records are complete, as far as can be known; None for not at all yet.

    It stays `delay_s` behind the newest event of the partition that is least far. Idle partitions are left out; when all
    are idle the event clock goes on from the last event at the pace of the wall clock, so that windows close though
    nothing comes, and a replay of old records closes old windows only. A partition that is stuck or dead, or of which
    nothing is known yet, holds it where it is. It never goes back.

    Args:
        standing_of: what `standings` returned for the same states.
        before_ms: what this function returned last.
        delay_s: how long records of one time may come after each other.
        by_arrival: whether records have no event time, and arrival takes its place.
    """
    now_ms = _event_clock(states, standing_of, by_arrival=by_arrival)
    if now_ms is None:
        return before_ms
    found_ms = now_ms - int(1000 * delay_s)
    return found_ms if before_ms is None else max(found_ms, before_ms)


def _event_clock(
    states: Iterable[PartitionState], standing_of: Mapping[Partition, Standing], *, by_arrival: bool
) -> int | None:
    known = {state.place: state for state in states if state.place in standing_of}
    if {Standing.STUCK, Standing.DEAD} & {*standing_of.values()}:
        return None
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
