"""Runs as they were asked for, read back from their action. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.selection import Selection

__all__ = ["KINDS", "Explained", "RunPartition", "explained", "partition_of", "run_of"]

KINDS = {
    pb.RUN_KIND_RECOVER: RunKind.RECOVER,
    pb.RUN_KIND_REPLAY: RunKind.REPLAY,
    pb.RUN_KIND_DISCARD: RunKind.DISCARD,
    pb.RUN_KIND_RESUBMIT: RunKind.RESUBMIT,
}
MAX_EXPLANATIONS = 20


@dataclass(frozen=True, slots=True)
class Explained:
    """How many dead letters stay for one cause."""

    text: str
    dead_letters: int


@dataclass(frozen=True, slots=True)
class RunPartition:
    """How far a run is in one partition; `left` and `explanations` are final once it is done."""

    partition: int
    end: int
    position: int
    is_done: bool
    left: int
    explanations: tuple[Explained, ...]


def run_of(started: pb.Run, state: RunState, done: frozenset[int]) -> Run:
    """The run of an action, in a state."""
    return Run(
        id=started.id,
        kind=KINDS[started.kind],
        selection=_selection(started.selection),
        version=started.version,
        ends={each.partition: each.end for each in started.partitions},
        actor=started.actor,
        why=started.why,
        started_ms=started.started_ms,
        flow=started.flow,
        is_forced=started.force,
        rate_per_s=started.rate_per_s,
        state=state,
        done=done,
        value_sha256=started.value_sha256,
    )


def partition_of(asked: pb.RunPartition, told: pb.RunPartition | None) -> RunPartition:
    """How far a run is in a partition, by what is told of it; there is nothing to do in an empty one."""
    told = told or pb.RunPartition(done=not asked.end)
    return RunPartition(
        partition=asked.partition,
        end=asked.end,
        position=told.position,
        is_done=told.done,
        left=told.left,
        explanations=tuple(Explained(each.text, each.dead_letters) for each in told.explanations),
    )


def explained(partitions: Iterable[RunPartition]) -> tuple[Explained, ...]:
    """What partitions say together, the most frequent first."""
    counts: Counter[str] = Counter()
    for partition in partitions:
        counts.update({each.text: each.dead_letters for each in partition.explanations})
    return tuple(Explained(text, count) for text, count in counts.most_common(MAX_EXPLANATIONS))


def _selection(asked: pb.Selection) -> Selection:
    return Selection(
        contract=asked.contract,
        failure=asked.failure,
        reason=asked.reason,
        path=asked.path,
        rule=asked.rule,
        producer=asked.producer,
        version=asked.version,
        since_ms=asked.since_ms,
        until_ms=asked.until_ms,
        places=frozenset(asked.places),
    )
