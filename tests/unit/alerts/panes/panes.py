"""Panes as validation writes them, for tests of what merges them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from assay.api.validation.v1.pane_pb2 import Pane, PaneMinute, PaneRefused, PaneSlice
from assay.streaming import Record
from assay.streaming.topics import PANES

__all__ = ["BOUNDS_MS", "NOW_MS", "PANES_OF_A_PLATFORM", "FixedClock", "minute", "pane", "records", "shard_of"]

NOW_MS = 1_790_000_040_000
BOUNDS_MS = (0, 1_000, 60_000)
SHARDS = 3


class FixedClock:
    """A clock that is set by hand."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms


def minute(
    number: int,
    valid: int = 1,
    refused: int = 0,
    *,
    failing: Sequence[int] = (0,),
    nulls: int = 0,
    lateness: Sequence[int] = (),
    last_event_ms: int | None = None,
) -> PaneMinute:
    """Counts of one minute, of one field and as many promises as there are numbers in `failing`."""
    return PaneMinute(
        minute=number,
        valid=valid,
        rows=valid,
        refused=[PaneRefused(reason="schema", path="/amount", rule="type", count=refused)] if refused else [],
        nulls=[nulls],
        present=[valid - nulls],
        failing=failing,
        lateness=lateness,
        last_event_ms=last_event_ms,
    )


def pane(
    *minutes: PaneMinute,
    contract: str = "orders",
    partition: int = 0,
    version: str = "1.0.0",
    first: int = 0,
    after: int = 0,
    log_end: int | None = None,
    at_ms: int = NOW_MS,
    arrived_ms: int | None = None,
    source: str = "raw.app",
    bounds_ms: Sequence[int] = BOUNDS_MS,
) -> Pane:
    """A pane of some minutes; without any, a heartbeat."""
    promises = [f"promise-{number}" for number in range(len(minutes[0].failing))] if minutes else []
    part = PaneSlice(
        version=version, fields=["amount"], promises=promises, lateness_bounds_ms=bounds_ms, minutes=minutes
    )
    events = [each.last_event_ms for each in minutes if each.HasField("last_event_ms")]
    return Pane(
        contract=contract,
        topic=f"{contract}.{source}",
        partition=partition,
        first_offset=first,
        next_offset=after,
        log_end=after if log_end is None else log_end,
        at_ms=at_ms,
        max_event_ms=max(events, default=None),
        max_arrived_ms=(at_ms if arrived_ms is None else arrived_ms) if minutes else None,
        slices=[part] if minutes else [],
    )


def records(panes: Sequence[Pane], shard: int = 0, first: int = 0) -> list[Record]:
    """Panes as they stand on a partition of `assay.panes`."""
    return [
        Record(PANES, shard, first + at, each.at_ms, None, each.SerializeToString()) for at, each in enumerate(panes)
    ]


def shard_of(each: Pane) -> int:
    """A partition of `assay.panes` for a pane: the same for all panes of a raw partition."""
    return (sum(each.topic.encode()) + each.partition) % SHARDS


def _minutes(failing: int) -> st.SearchStrategy[PaneMinute]:
    count = st.integers(0, 5)
    return st.builds(
        minute,
        st.integers(0, 3),
        st.integers(5, 9),
        count,
        failing=st.lists(count, min_size=failing, max_size=failing),
        nulls=count,
        lateness=st.just(()) | st.tuples(count, count, count, count),
        last_event_ms=st.none() | st.integers(0, 4 * 60_000),
    )


PANES_OF_A_PLATFORM = st.lists(
    st.integers(0, 2).flatmap(
        lambda failing: st.builds(
            lambda minutes, contract, partition, version, at_ms: pane(
                *minutes, contract=contract, partition=partition, version=version, at_ms=at_ms
            ),
            st.lists(_minutes(failing), max_size=3),
            st.sampled_from(["orders", "refunds"]),
            st.integers(0, 2),
            st.sampled_from(["1.0.0", "1.1.0"]),
            st.integers(NOW_MS, NOW_MS + 9),
        )
    ),
    min_size=1,
    max_size=25,
)
"""Panes of two contracts with two versions, whose slices count different promises."""
