"""What validation counts, by version and minute of event time: the content of `assay.panes`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import add

import numpy as np
from numpy.typing import NDArray

from assay.api.validation.v1.pane_pb2 import Pane, PaneMinute, PaneRefused, PaneSlice
from assay.contracts import Contract, Judge, Judged, Verdict
from assay.contracts.judge import NO_ROW, PLAIN
from assay.streaming import Block, Outgoing, Partition
from assay.streaming.topics import PANES
from assay.validation.judges import Seat
from assay.validation.producers import Producers

__all__ = ["LATENESS_BOUNDS_MS", "Tally", "heartbeat", "written"]

Times = NDArray[np.int64]

MINUTE_MS = 60_000
MAX_RULES = 64
"""Distinct violations that a minute tells apart; more are counted under their reason alone."""

LATENESS_BOUNDS_MS = (
    0, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000,
    21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
)  # fmt: skip
"""Buckets of lateness; the bounds that a contract promises, or sets with `assay.onLate`, are more."""


@dataclass(slots=True)
class _Minute:
    """Counts of one minute; what is valid is counted by what of it counts against promises, as a bit set."""

    shapes: Counter[int] = field(default_factory=Counter)
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    lateness: list[int] | None = None
    last_event_ms: int | None = None


class _Slice:
    """Counts of one version."""

    def __init__(self, contract: Contract, judge: Judge, *, is_observed: bool) -> None:
        late = {contract.on_late[1]} if contract.on_late else set[int]()
        promised = {level.bound_ms for level in contract.levels if level.kind == "latency" and level.bound_ms}
        self._contract = contract
        self._fields = judge.promised
        self._counted = judge.counted
        self._width = max([len(self._fields), *(place + 1 for _, place in self._counted)])
        self._is_observed = is_observed
        self._bounds_ms = sorted({*LATENESS_BOUNDS_MS, *late, *promised})
        self._minutes: dict[int, _Minute] = {}

    def add(self, judged: Sequence[Judged], arrived_ms: Sequence[int]) -> int | None:
        """Count records by what came of each; return the newest event time, None where none has one."""
        odd = [spot for spot, one in enumerate(judged) if one is not PLAIN]
        if 2 * len(odd) > len(judged):
            return self._add(judged, arrived_ms)
        self._add_plain([*compress(arrived_ms, [one is PLAIN for one in judged])] if odd else arrived_ms)
        return self._add([judged[spot] for spot in odd], [arrived_ms[spot] for spot in odd]) if odd else None

    def _add_plain(self, arrived_ms: Sequence[int]) -> None:
        """Count accepted records that say nothing but when they arrived."""
        first, last = min(arrived_ms) // MINUTE_MS, max(arrived_ms) // MINUTE_MS
        counts = {first: len(arrived_ms)} if first == last else Counter([ms // MINUTE_MS for ms in arrived_ms])
        for number, count in counts.items():
            self._minute(number).shapes[0] += count

    def _add(self, judged: Sequence[Judged], arrived_ms: Sequence[int]) -> int | None:
        arrived = np.array(arrived_ms, np.int64)
        events = [one[1] for one in judged]
        has_event = None if None not in events else np.array([ms is not None for ms in events])
        if has_event is None:
            event = np.array(events, np.int64)
        elif has_event.any():
            event = np.where(has_event, np.array([ms or 0 for ms in events], np.int64), arrived)
        else:
            event = arrived
        self._count(judged, (event // MINUTE_MS).tolist())
        if has_event is None:
            return self._add_times(event, arrived)
        return self._add_times(event[has_event], arrived[has_event]) if has_event.any() else None

    def _count(self, judged: Sequence[Judged], minutes: Sequence[int]) -> None:
        shapes = Counter(zip(minutes, [one[2] for one in judged], strict=True))
        for spot in [spot for spot, one in enumerate(judged) if one[0].reason is not None]:
            shapes[minutes[spot], judged[spot].marks] -= 1
            self._refuse(judged[spot].verdict, minutes[spot])
        for (number, shape), count in shapes.items():
            if count:
                self._minute(number).shapes[shape] += count

    def _add_times(self, event: Times, arrived: Times) -> int:
        """Count the lateness of records, and keep the newest of each minute; return the newest of all."""
        buckets = np.searchsorted(self._bounds_ms, arrived - event)
        minutes, place = np.unique(event // MINUTE_MS, return_inverse=True)
        newest = np.full(len(minutes), np.iinfo(np.int64).min)
        np.maximum.at(newest, place, event)
        width = len(self._bounds_ms) + 1
        counts = np.bincount(place * width + buckets, minlength=len(minutes) * width).reshape(-1, width)
        for number, last_ms, row in zip(minutes.tolist(), newest.tolist(), counts.tolist(), strict=True):
            minute = self._minute(number)
            minute.lateness = row if minute.lateness is None else [*map(add, minute.lateness, row)]
            before_ms = minute.last_event_ms
            minute.last_event_ms = last_ms if before_ms is None else max(before_ms, last_ms)
        return int(newest.max())

    def _minute(self, number: int) -> _Minute:
        minute = self._minutes.get(number)
        if minute is None:
            minute = self._minutes[number] = _Minute()
        return minute

    def _refuse(self, verdict: Verdict, number: int) -> None:
        refused = self._minute(number).refused
        first = verdict.violations[0] if verdict.violations else None
        reason = str(verdict.reason)
        key = (reason, first.path if first else "", first.rule if first else "")
        refused[key if key in refused or len(refused) < MAX_RULES else (reason, "", "")] += 1

    def message(self) -> PaneSlice:
        """Return the counts as they are written."""
        return PaneSlice(
            version=self._contract.version,
            observed=self._is_observed,
            fields=self._fields,
            lateness_bounds_ms=self._bounds_ms,
            minutes=[self._minute_of(number, minute) for number, minute in sorted(self._minutes.items())],
            promises=[name for name, _ in self._counted],
        )

    def _minute_of(self, number: int, minute: _Minute) -> PaneMinute:
        valid, shapes = minute.shapes.total(), {**minute.shapes}
        rows = valid - shapes.pop(NO_ROW, 0)
        marked = [sum(count for shape, count in shapes.items() if shape >> place & 1) for place in range(self._width)]
        nulls = marked[: len(self._fields)]
        return PaneMinute(
            minute=number,
            valid=valid,
            refused=[
                PaneRefused(reason=reason, path=path, rule=rule, count=count)
                for (reason, path, rule), count in sorted(minute.refused.items())
            ],
            nulls=nulls,
            present=[rows - count for count in nulls],
            lateness=minute.lateness or [],
            last_event_ms=minute.last_event_ms,
            rows=rows,
            failing=[marked[place] for _, place in self._counted],
        )


class Tally:
    """Counts the records of one transaction."""

    def __init__(self, contract: str, partition: Partition) -> None:
        self._contract = contract
        self._partition = partition
        self._slices: dict[tuple[str, bool], _Slice] = {}
        self._producers = Producers()
        self._max_event_ms: int | None = None
        self._max_arrived_ms = 0

    def add(self, seat: Seat, judged: Sequence[Judged], arrived_ms: Sequence[int], *, is_observed: bool) -> None:
        """Count records that one version judged, each with its arrival; where they go may change within a transaction."""
        key = (seat.contract.version, is_observed)
        counts = self._slices.get(key)
        if counts is None:
            counts = self._slices[key] = _Slice(seat.contract, seat.judge, is_observed=is_observed)
        newest_ms = counts.add(judged, arrived_ms)
        if newest_ms is not None:
            self._max_event_ms = newest_ms if self._max_event_ms is None else max(self._max_event_ms, newest_ms)
        self._max_arrived_ms = max(self._max_arrived_ms, *arrived_ms)

    def add_producers(self, records: Block, refused: Sequence[int]) -> None:
        """Count records by who sent them; those at some places are refused."""
        self._producers.add(records, refused)

    def pane(self, first_offset: int, next_offset: int, log_end: int, at_ms: int) -> Pane:
        """Return the pane of everything counted: all that stands between two offsets."""
        return Pane(
            contract=self._contract,
            topic=self._partition.topic,
            partition=self._partition.partition,
            first_offset=first_offset,
            next_offset=next_offset,
            log_end=log_end,
            at_ms=at_ms,
            max_event_ms=self._max_event_ms,
            max_arrived_ms=self._max_arrived_ms,
            slices=[counts.message() for counts in self._slices.values()],
            producers=self._producers.counts(),
        )


def heartbeat(contract: str, partition: Partition, position: int, log_end: int, at_ms: int) -> Pane:
    """Return the pane that says where validation stands while no record comes."""
    return Pane(
        contract=contract,
        topic=partition.topic,
        partition=partition.partition,
        first_offset=position,
        next_offset=position,
        log_end=log_end,
        at_ms=at_ms,
    )


def written(pane: Pane) -> Outgoing:
    """Return the pane as it goes out; those of one raw partition stay in order."""
    return Outgoing(PANES, None, f"{pane.topic}/{pane.partition}".encode(), pane.SerializeToString())
