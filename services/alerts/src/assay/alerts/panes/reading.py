"""What the evaluation of promises reads of merged panes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from assay.alerts.panes.layout import Layout
from assay.alerts.panes.merge import together
from assay.alerts.panes.packing import NEVER, Total, unpacked
from assay.alerts.panes.standing import PartitionState
from assay.alerts.panes.tables import DIRTY, LAYOUTS, MINUTES, PARTITIONS
from assay.contracts import Counts

__all__ = ["Dirty", "PaneReader"]

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Dirty:
    """A minute that was touched since it was cleaned last, and by what: it is dirty anew whenever it is touched again."""

    minute: int
    shard: int
    seq: int


class PaneReader:
    """Reads in the transaction of whoever asks; one of each process is enough, and threads may share it."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, Layout] = {}

    def contracts_touched(self, connection: sa.Connection) -> list[str]:
        """Return the contracts that have dirty minutes."""
        return [*connection.scalars(sa.select(DIRTY.c.contract).distinct().order_by(DIRTY.c.contract))]

    def partitions(self, connection: sa.Connection, contract: str) -> list[PartitionState]:
        """Return the raw partitions of a contract of which there was a pane, those that recovery fills included."""
        columns = [column for column in PARTITIONS.c if column.name != "contract"]
        query = sa.select(*columns).filter_by(contract=contract).order_by(PARTITIONS.c.topic, PARTITIONS.c.partition)
        return [PartitionState(**row) for row in connection.execute(query).mappings()]

    def counts(self, connection: sa.Connection, contract: str, start_ms: int, end_ms: int) -> dict[str, Counts]:
        """Return what the minutes from start to end came to, by the version that judged; empty where there are none.

        Raises:
            UnreadableCountsError: a newer Assay wrote them.
        """
        query = sa.select(MINUTES.c.version, MINUTES.c.counts).where(
            MINUTES.c.contract == contract,
            MINUTES.c.minute >= -(-start_ms // MINUTE_MS),
            MINUTES.c.minute < -(-end_ms // MINUTE_MS),
        )
        totals: dict[tuple[str, bytes], Total] = {}
        for version, text in connection.execute(query):
            for digest, more in unpacked(text):
                totals[version, digest] = together(totals.get((version, digest)), more)
        found: dict[str, Counts] = {}
        for (version, digest), total in sorted(totals.items(), key=lambda each: each[0]):
            newest_ms = None if total.newest_ms == NEVER else total.newest_ms
            counts = self._layout(connection, digest).counts(total.numbers.tolist(), newest_ms)
            found[version] = found[version] + counts if version in found else counts
        return found

    def dirty_minutes(self, connection: sa.Connection, contract: str) -> list[Dirty]:
        """Return the minutes of a contract that were touched since they were cleaned, oldest first."""
        query = sa.select(DIRTY.c.minute, DIRTY.c.shard, DIRTY.c.seq).filter_by(contract=contract)
        return [Dirty(*row) for row in connection.execute(query.order_by(DIRTY.c.minute, DIRTY.c.shard))]

    def clean(self, connection: sa.Connection, contract: str, dirties: Collection[Dirty]) -> None:
        """Note that these were looked at; one that was touched since it was read stays dirty."""
        if not dirties:
            return
        gone = sa.delete(DIRTY).where(
            DIRTY.c.contract == contract,
            DIRTY.c.minute == sa.bindparam("at_minute"),
            DIRTY.c.shard == sa.bindparam("of_shard"),
            DIRTY.c.seq == sa.bindparam("seen_seq"),
        )
        connection.execute(gone, _seen(dirties))

    def _layout(self, connection: sa.Connection, digest: bytes) -> Layout:
        layout = self._layouts.get(digest)
        if layout is None:
            names = connection.scalar(sa.select(LAYOUTS.c.names).filter_by(digest=digest))
            layout = self._layouts[digest] = Layout.read(str(names))
        return layout


def _seen(dirties: Collection[Dirty]) -> Sequence[dict[str, int]]:
    return [{"at_minute": each.minute, "of_shard": each.shard, "seen_seq": each.seq} for each in dirties]
