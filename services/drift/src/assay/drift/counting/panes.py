"""The panes of one transaction as they are written: one as a rule, more where it would be too large for a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assay.api.drift.v1 import pane_pb2 as pb
from assay.drift.counting.tally import Tally
from assay.streaming.joint_step import LogSpan
from assay.streaming.record import Outgoing, Partition
from assay.streaming.topics import DRIFT_PANES

__all__ = ["MOST_BYTES", "written"]

MOST_BYTES = 512 * 1024
"""Of the slices of a pane; the topic takes records of twice that size."""


def written(
    model: str, partition: int, spans: Mapping[Partition, LogSpan], at_ms: int, tally: Tally | None = None
) -> list[Outgoing]:
    """Return the panes of one partition number; without a tally, one that says where counting stands.

    Where there is more than one, the last moves the positions, and those before it stay where the spans begin.
    """
    parts = [*_parted(tally.messages())] if tally else [[]]
    panes = []
    for number, slices in enumerate(parts, 1):
        is_last = number == len(parts)
        pane = pb.DriftPane(model=model, partition=partition, at_ms=at_ms, slices=slices)
        pane.logs.extend(_span(each.topic, span, moves=is_last) for each, span in spans.items())
        if is_last and tally:
            pane.unmatched, pane.forgotten = tally.unmatched, tally.forgotten
            _say_times(pane, tally)
        panes.append(Outgoing(DRIFT_PANES, None, f"{model}/{partition}".encode(), pane.SerializeToString()))
    return panes


def _say_times(pane: pb.DriftPane, tally: Tally) -> None:
    if tally.max_event_ms is not None:
        pane.max_event_ms = tally.max_event_ms
    if tally.max_arrived_ms is not None:
        pane.max_arrived_ms = tally.max_arrived_ms


def _span(topic: str, span: LogSpan, *, moves: bool) -> pb.LogSpan:
    after = span.next if moves else span.first
    return pb.LogSpan(topic=topic, first_offset=span.first, next_offset=after, log_end=span.log_end)


def _parted(slices: Iterable[pb.DriftSlice]) -> Iterator[list[pb.DriftSlice]]:
    """Cut slices into lists of a size that a record can have; the last may be empty."""
    held: list[pb.DriftSlice] = []
    size = 0
    for each in slices:
        more = each.ByteSize()
        if held and size + more > MOST_BYTES:
            yield held
            held, size = [], 0
        held.append(each)
        size += more
    yield held
