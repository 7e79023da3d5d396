"""A store in memory into which panes are folded as the ledger does it, and a plain recount of the same panes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

import sqlalchemy as sa

import assay.alerts.panes.tables  # noqa: F401 -- the tables that the store needs
from assay.alerts.panes import PaneReader, PartitionState
from assay.alerts.panes.fold import LEDGER, PaneFold
from assay.alerts.schema import SCHEMA
from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import Counts
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS, TABLES
from assay.streaming.topics import PANES
from tests.unit.alerts.panes.panes import FixedClock, records, shard_of

__all__ = ["Merged", "chunks", "recount"]

MINUTE_MS = 60_000


class Merged:
    """A store, a fold, and what the reader says; another fold may take over at any time."""

    def __init__(self, clock: FixedClock | None = None) -> None:
        self.clock = clock or FixedClock()
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        SCHEMA.create_all(self.engine)
        TABLES.create_all(self.engine)
        self.fold = PaneFold(self.clock)
        self.reader = PaneReader()

    def take(self, chunk: Sequence[Record]) -> None:
        """Fold one chunk, and move the position with it."""
        with self.engine.begin() as transaction:
            self.apply(transaction, chunk)

    def apply(self, transaction: sa.Connection, chunk: Sequence[Record]) -> None:
        """The same in a transaction that may be taken back."""
        self.fold.apply(transaction, chunk)
        at = {"ledger": LEDGER, "topic": PANES, "partition": chunk[0].partition}
        after = chunk[-1].offset + 1
        if not transaction.execute(sa.update(POSITIONS).filter_by(**at).values(next_offset=after)).rowcount:
            transaction.execute(sa.insert(POSITIONS).values(**at, next_offset=after))

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction of the store."""
        with self.engine.begin() as transaction:
            yield transaction

    def counts(self, contract: str, first: int = 0, after: int = 10) -> dict[str, Counts]:
        """What some minutes came to, by version."""
        with self.read() as transaction:
            return self.reader.counts(transaction, contract, first * MINUTE_MS, after * MINUTE_MS)

    def partitions(self, contract: str = "orders") -> list[PartitionState]:
        """How far validation is with each raw partition."""
        with self.read() as transaction:
            return self.reader.partitions(transaction, contract)

    def everything(self) -> dict[str, list[object]]:
        """Every row of the tables of panes but `seq`, which tells of chunks."""
        with self.read() as transaction:
            return {
                name: sorted(
                    (
                        tuple(value for column, value in row.items() if column != "seq")
                        for row in transaction.execute(sa.select(SCHEMA.tables[name])).mappings()
                    ),
                    key=repr,
                )
                for name in ("partitions", "layouts", "minutes", "dirty")
            }


def chunks(panes: Sequence[Pane], seed: int) -> list[list[Record]]:
    """The panes on their shards, in chunks of any size; each shard in its own order, the shards in any."""
    chance = random.Random(seed)
    shards = [records([each for each in panes if shard_of(each) == shard], shard) for shard in range(3)]
    found: list[list[Record]] = []
    while left := [shard for shard in shards if shard]:
        shard = chance.choice(left)
        size = chance.randrange(1, len(shard) + 1)
        found.append(shard[:size])
        del shard[:size]
    return found


def recount(panes: Sequence[Pane], contract: str, first: int = 0, after: int = 10) -> dict[str, Counts]:
    """Count the panes plainly: slice by slice, with nothing kept in between."""
    found: dict[str, Counts] = {}
    for part in (part for each in panes if each.contract == contract for part in each.slices):
        for each in (each for each in part.minutes if first <= each.minute < after):
            late = [*accumulate(each.lateness or [0] * (len(part.lateness_bounds_ms) + 1))]
            counts = Counts(
                rows=each.rows,
                valid=each.valid,
                refused={refused.reason: refused.count for refused in each.refused},
                failing=dict(zip(part.promises, each.failing, strict=True)),
                lateness=dict(zip(part.lateness_bounds_ms, late, strict=False)),
                timed=late[-1],
                last_event_ms=each.last_event_ms if each.HasField("last_event_ms") else None,
            )
            found[part.version] = found[part.version] + counts if part.version in found else counts
    return found
