"""What a shard's store holds of late, kept in memory so that it need not be read again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from assay.alerts.panes.merge import Minute
from assay.alerts.panes.packing import Total, unpacked
from assay.alerts.panes.progress import Place
from assay.alerts.panes.standing import PartitionState
from assay.alerts.panes.tables import MINUTES, PARTITIONS

__all__ = ["Hot"]

MOST = 16_000
"""Rows of minutes that are kept, some 10 MB, and as many of partitions; those read longest ago go first."""

AT_ONCE = 200
"""Rows that one query asks for."""

Key = TypeVar("Key")
Kept = TypeVar("Kept")


@dataclass(slots=True)
class Hot:
    """Rows as they are at one position of the shard, and the layouts that the store has.

    A store at that position holds these rows and no others, whoever wrote them: they follow from the panes alone, those
    aside that are forgotten. So rows kept here are the store's as long as its position is `after`, and none of them is
    otherwise.
    """

    shard: int
    after: int | None
    minutes: dict[Minute, dict[bytes, Total]] = field(default_factory=dict)
    partitions: dict[Place, PartitionState] = field(default_factory=dict)
    layouts: set[bytes] = field(default_factory=set)
    too_late: dict[str, int] = field(default_factory=dict)
    """Minutes of panes by contract that came after their time; told once it is known that the position moved past them."""

    def read(self, transaction: sa.Connection, minutes: Collection[Minute], places: Collection[Place]) -> None:
        """Have these rows here, those that the store lacks as new ones."""
        self._read_minutes(transaction, [key for key in minutes if key not in self.minutes])
        self._read_partitions(transaction, [place for place in places if place not in self.partitions])

    def trim(self, minutes: Collection[Minute], places: Collection[Place]) -> None:
        """Keep what was touched just now, and of the rest what fits."""
        _trim(self.minutes, minutes)
        _trim(self.partitions, places)

    def _read_minutes(self, transaction: sa.Connection, keys: list[Minute]) -> None:
        new: dict[Minute, dict[bytes, Total]] = {key: {} for key in keys}
        pairs = sorted({(contract, minute) for contract, minute, _ in keys})
        for start in range(0, len(pairs), AT_ONCE):
            within = sa.tuple_(MINUTES.c.contract, MINUTES.c.minute).in_(pairs[start : start + AT_ONCE])
            query = sa.select(MINUTES).where(within, MINUTES.c.shard == self.shard)
            for row in transaction.execute(query):
                key = (row.contract, row.minute, row.version)
                if key in new:
                    new[key] = dict(unpacked(row.counts))
        self.minutes |= new

    def _read_partitions(self, transaction: sa.Connection, places: list[Place]) -> None:
        columns = [column for column in PARTITIONS.c if column.name != "contract"]
        for start in range(0, len(places), AT_ONCE):
            within = sa.tuple_(PARTITIONS.c.topic, PARTITIONS.c.partition).in_(places[start : start + AT_ONCE])
            for row in transaction.execute(sa.select(*columns).where(within)).mappings():
                state = PartitionState(**row)
                self.partitions[state.topic, state.partition] = state


def _trim(rows: dict[Key, Kept], touched: Collection[Key]) -> None:
    over = len(rows) - MOST
    if over > 0:
        for key in [*islice((key for key in rows if key not in touched), over)]:
            del rows[key]
