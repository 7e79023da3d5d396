"""The fold of the ledger of alerts: panes become minutes, and tell how far each raw partition is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

import sqlalchemy as sa

from assay.alerts.errors import MalformedPaneError
from assay.alerts.panes.chunk import Chunk
from assay.alerts.panes.hot import Hot
from assay.alerts.panes.layout import Layout
from assay.alerts.panes.merge import Minute, Parts
from assay.alerts.panes.packing import pack
from assay.alerts.panes.progress import went_on
from assay.alerts.panes.rows import insert_missing, put
from assay.alerts.panes.standing import PartitionState
from assay.alerts.panes.tables import DIRTY, HORIZONS, LAYOUTS, MINUTES, PARTITIONS
from assay.runtime import Clock
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS
from assay.telemetry import get_logger, metrics

__all__ = ["LEDGER", "PaneFold"]

LEDGER = "alerts"
STATE = tuple(field.name for field in fields(PartitionState))


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
        shard, now_ms = records[0].partition, self._clock.now_ms()
        hot = self._known(transaction, records[0].topic, shard)
        chunk = Chunk(_horizons(transaction))
        for record in records:
            try:
                chunk.add(record.value)
            except MalformedPaneError as error:
                get_logger().warning("pane.unreadable", topic=record.topic, offset=record.offset, error=str(error))
        hot.read(transaction, chunk.minutes, chunk.panes)
        _keep_layouts(transaction, hot, chunk.layouts)
        _keep_minutes(transaction, hot, chunk.minutes, records[-1].offset)
        _keep_partitions(transaction, hot, chunk, now_ms)
        hot.trim(chunk.minutes, chunk.panes)
        hot.after, hot.too_late = records[-1].offset + 1, dict(chunk.too_late)
        self._hot[shard] = hot

    def _known(self, transaction: sa.Connection, topic: str, shard: int) -> Hot:
        """What is known of a shard at the position where its store stands; it is not known to others until it is kept."""
        place = {"ledger": self._ledger, "topic": topic, "partition": shard}
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


def _keep_layouts(transaction: sa.Connection, hot: Hot, layouts: Mapping[Layout, bytes]) -> None:
    fresh = {layout: digest for layout, digest in layouts.items() if layout not in hot.layouts}
    rows = [{"digest": digest, "names": names} for digest, names in sorted((fresh[each], each.names) for each in fresh)]
    insert_missing(transaction, LAYOUTS, rows)
    hot.layouts |= fresh


def _keep_minutes(transaction: sa.Connection, hot: Hot, minutes: Mapping[Minute, Parts], seq: int) -> None:
    rows = []
    for key in sorted(minutes):
        contract, minute, version = key
        counts = pack(_merged(hot.minutes[key], minutes[key]))
        rows.append({"contract": contract, "minute": minute, "shard": hot.shard, "version": version, "counts": counts})
    put(transaction, MINUTES, rows)
    touched = sorted({(contract, minute) for contract, minute, _ in minutes})
    dirty = [{"contract": name, "minute": minute, "shard": hot.shard, "seq": seq} for name, minute in touched]
    put(transaction, DIRTY, dirty)


def _merged(there: Parts, fresh: Parts) -> dict[bytes, bytes]:
    """Add what is fresh to what is there; return all of it in bytes."""
    for digest, total in fresh.items():
        if digest in there:
            there[digest].merge(total)
        else:
            there[digest] = total
    return {digest: total.message().SerializeToString() for digest, total in there.items()}


def _keep_partitions(transaction: sa.Connection, hot: Hot, chunk: Chunk, now_ms: int) -> None:
    rows = []
    for place in sorted(chunk.panes):
        panes = chunk.panes[place]
        state = hot.partitions[place] = went_on(hot.partitions.get(place), panes, now_ms)
        rows.append({"contract": panes[-1].contract} | {name: getattr(state, name) for name in STATE})
    put(transaction, PARTITIONS, rows)


def _horizons(transaction: sa.Connection) -> Mapping[str, int]:
    return {row.contract: row.minute for row in transaction.execute(sa.select(HORIZONS))}
