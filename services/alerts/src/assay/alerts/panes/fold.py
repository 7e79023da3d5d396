"""The fold of the ledger of alerts: panes become minutes, and tell how far each raw partition is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter

import numpy as np
import sqlalchemy as sa

from assay.alerts.errors import MalformedPaneError
from assay.alerts.panes.chunk import Chunk
from assay.alerts.panes.hot import Hot
from assay.alerts.panes.merge import Added, Batch, Minute, together
from assay.alerts.panes.packing import Total, joined, packed
from assay.alerts.panes.progress import went_on
from assay.alerts.panes.standing import PartitionState
from assay.alerts.panes.tables import DIRTY, HORIZONS, LAYOUTS, MINUTES, PARTITIONS
from assay.runtime import Clock
from assay.runtime.rows import insert_missing, put
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS
from assay.telemetry import get_logger, metrics

__all__ = ["LEDGER", "PaneFold"]

LEDGER = "alerts"
STATE = attrgetter(*(field.name for field in fields(PartitionState)))


class PaneFold:
    """Adds every pane to the minutes that it counts, once.

    A chunk is added up in memory first; then each row that it touches is read, unless it is known from the chunk before,
    and written. What is known is used only where the store stands at the position at which it was known: after a
    transaction that was taken back, or a rebalance, all is read anew.
    """

    def __init__(self, clock: Clock, ledger: str = LEDGER) -> None:
        self._clock = clock
        self._ledger = ledger
        self._hot: dict[int, Hot] = {}
        self._told: dict[str, int] = {}

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        shard, now_ms, chunk = records[0].partition, self._clock.now_ms(), _read(records)
        added = [(batch, batch.added()) for batch in chunk.batches.values()]
        # Nothing was asked of the store so far: who evaluates waits for what follows alone.
        hot = self._known(transaction, records[0].topic, shard)
        fresh, too_late = _sorted(added, _horizons(transaction))
        hot.read(transaction, fresh, chunk.seen)
        _keep_layouts(transaction, hot, chunk.batches.values())
        _keep_minutes(transaction, hot, fresh, records[-1].offset)
        _keep_partitions(transaction, hot, chunk, now_ms)
        hot.trim(fresh, chunk.seen)
        hot.after, hot.too_late = records[-1].offset + 1, too_late
        self._hot[shard] = hot

    def _known(self, transaction: sa.Connection, topic: str, shard: int) -> Hot:
        """What is known of a shard at the position where its store stands.

        To write comes first: SQLite takes what was read before another process wrote for outdated, and gives way to
        whoever writes much.
        """
        place = {"ledger": self._ledger, "topic": topic, "partition": shard}
        same = sa.update(POSITIONS).filter_by(**place).values(next_offset=POSITIONS.c.next_offset)
        transaction.execute(same)
        stored = transaction.scalar(sa.select(POSITIONS.c.next_offset).filter_by(**place))
        hot = self._hot.pop(shard, None)
        if hot is None or hot.after != stored:
            return Hot(shard, stored)
        self._tell(hot.too_late)
        return hot

    def _tell(self, too_late: Mapping[str, int]) -> None:
        """Say what was left out: all of it in a metric, and once in a minute in the log."""
        now = self._clock.now_ms() // 60_000
        for contract, minutes in too_late.items():
            metrics.PANES_TOO_LATE.labels(contract).inc(minutes)
            if self._told.get(contract) != now:
                self._told[contract] = now
                get_logger().warning("pane.too_late", contract=contract, minutes=minutes)


def _read(records: Sequence[Record]) -> Chunk:
    chunk = Chunk()
    for record in records:
        try:
            chunk.add(record.value)
        except MalformedPaneError as error:
            get_logger().warning("pane.unreadable", topic=record.topic, offset=record.offset, error=str(error))
    return chunk


def _sorted(
    added: Iterable[tuple[Batch, Added]], horizons: Mapping[str, int]
) -> tuple[dict[Minute, dict[bytes, Total]], dict[str, int]]:
    """Sums by minute and by the digest of their layout; and by contract, how many minutes of panes came too late."""
    fresh: defaultdict[Minute, dict[bytes, Total]] = defaultdict(dict)
    too_late: Counter[str] = Counter()
    for batch, found in added:
        if found.unsound:
            get_logger().warning("pane.unreadable", minutes=found.unsound, error="numbers that no pane counts")
        for key, total in found.totals.items():
            contract, minute, _ = key
            if minute < horizons.get(contract, minute):
                too_late[contract] += found.panes[key]
            else:
                fresh[key][batch.digest] = total
    return fresh, dict(too_late)


def _keep_layouts(transaction: sa.Connection, hot: Hot, batches: Iterable[Batch]) -> None:
    names = {batch.digest: batch.layout.names for batch in batches if batch.digest not in hot.layouts}
    rows = [{"digest": digest, "names": names[digest]} for digest in sorted(names)]
    insert_missing(transaction, LAYOUTS, rows)
    hot.layouts |= {*names}


def _keep_minutes(
    transaction: sa.Connection, hot: Hot, fresh: Mapping[Minute, Mapping[bytes, Total]], seq: int
) -> None:
    for key, totals in fresh.items():
        there = hot.minutes[key]
        for digest, more in totals.items():
            there[digest] = together(there.get(digest), more)
    parts = _packed(hot, fresh)
    keys = sorted(fresh)
    put(
        transaction,
        MINUTES,
        [(name, minute, hot.shard, version, joined(parts[name, minute, version])) for name, minute, version in keys],
    )
    touched = sorted({(name, minute) for name, minute, _ in keys})
    put(transaction, DIRTY, [(*each, hot.shard, seq) for each in touched])


def _packed(hot: Hot, keys: Iterable[Minute]) -> Mapping[Minute, Sequence[bytes]]:
    """Every part of these minutes, packed together with the others of its layout."""
    of_layout: defaultdict[bytes, list[tuple[Minute, Total]]] = defaultdict(list)
    for key in keys:
        for digest, total in hot.minutes[key].items():
            of_layout[digest].append((key, total))
    found: defaultdict[Minute, list[bytes]] = defaultdict(list)
    for digest, totals in of_layout.items():
        numbers = np.stack([total.numbers for _, total in totals])
        newest_ms = np.array([total.newest_ms for _, total in totals], np.int64)
        for (key, _), part in zip(totals, packed(digest, numbers, newest_ms), strict=True):
            found[key].append(part)
    return found


def _keep_partitions(transaction: sa.Connection, hot: Hot, chunk: Chunk, now_ms: int) -> None:
    for place, seen in chunk.seen.items():
        hot.partitions[place] = went_on(hot.partitions.get(place), place, seen, now_ms)
    put(
        transaction,
        PARTITIONS,
        [(*STATE(hot.partitions[place]), chunk.contracts[place]) for place in sorted(chunk.seen)],
    )


def _horizons(transaction: sa.Connection) -> Mapping[str, int]:
    return {row.contract: row.minute for row in transaction.execute(sa.select(HORIZONS))}
