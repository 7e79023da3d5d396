"""How the raw partitions of a contract stand, and up to which event time it is complete. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.contracts import Contract
from assay.streaming import Partition
from assay.streaming import standing as library
from assay.streaming.standing import Attention, Bounds, Standing, standing

__all__ = ["Attention", "Bounds", "PartitionState", "Standing", "standing", "standings", "watermark"]


@dataclass(frozen=True, slots=True)
class PartitionState(library.PartitionState):
    """What the panes of one raw partition said, and of what was valid in it."""

    last_valid_ms: int | None = None
    """Newest arrival of a transaction that held a valid record."""
    last_valid_event_ms: int | None = None
    """Newest event time in a minute that held a valid record."""


def standings(
    contract: Contract, states: Iterable[PartitionState], now_ms: int, bounds: Bounds, known_ms: int
) -> Mapping[Partition, Standing]:
    """Return how each partition of the contract's sources stands, as `assay.streaming.standing` promises.

    What comes back from recovery is no source: its partitions are left out. `known_ms` is when the contract was first seen.
    """
    return library.standings(_sources(contract), states, now_ms, contract.watermark.idle_s, bounds, known_ms)


def watermark(
    contract: Contract,
    states: Sequence[PartitionState],
    standing_of: Mapping[Partition, Standing],
    before_ms: int | None,
) -> int | None:
    """Return up to which event time the contract's records are complete, as `assay.streaming.standing` promises."""
    delay_s = contract.watermark.delay_s
    return library.watermark(states, standing_of, before_ms, delay_s=delay_s, by_arrival=contract.event_time is None)


def _sources(contract: Contract) -> Sequence[Partition]:
    topics = [topic for topic in (contract.topics.raw_app, contract.topics.raw_cdc) if topic]
    return [Partition(topic, number) for topic in topics for number in range(contract.partitions)]
