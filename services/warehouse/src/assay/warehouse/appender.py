"""The table that one contract's records go to, and the batch on its way there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assay import lake
from assay.contracts import Contract
from assay.lake import ConflictError, LakeTable, Span
from assay.runtime import failpoint
from assay.streaming import Partition, Record
from assay.telemetry import metrics
from assay.warehouse.rows import RowLayout

__all__ = ["Appender", "Track"]


@dataclass(slots=True)
class Track:
    """What was read of a partition and is not in the lake yet, within one assignment.

    `start` is the position that the lake has, None where it has none; `next` follows the last record read.
    """

    start: int | None
    next: int = 0
    records: list[Record] = field(default_factory=list)
    size_bytes: int = 0
    since_s: float = 0.0

    def take(self, records: Sequence[Record], after: int, now_s: float) -> None:
        """Add records that were read; `after` is the next offset, past the markers of transactions."""
        if self.start is None:
            self.start = records[0].offset
        if not self.records:
            self.since_s = now_s
        self.records.extend(records)
        self.size_bytes += sum(len(record.value or b"") for record in records)
        self.next = after

    def settle(self) -> None:
        """Note that the lake has what was read."""
        self.start, self.records, self.size_bytes = self.next, [], 0

    @property
    def span(self) -> Span:
        """The offsets of what was read."""
        assert self.start is not None
        return Span(self.start, self.next)


class Appender:
    """Writes the records of one contract. Making it does not block; every method does."""

    def __init__(self, contract: Contract, table: LakeTable, compact_commits: int) -> None:
        self._contract = contract
        self._table = table
        self._compact_commits = compact_commits
        self._commits = 0
        self._is_ensured = False

    def positions(self, partitions: Collection[Partition]) -> dict[Partition, int | None]:
        """Answer where the table stands, making it or adding its new columns first.

        Raises:
            SchemaError: the contract changed in a way that the table cannot follow.
            LakeError: the lake did not answer.
        """
        self._ensure()
        stored = self._table.positions([_in_lake(each) for each in partitions])
        return {partition: stored[_in_lake(partition)] for partition in partitions}

    def append(self, tracks: Mapping[Partition, Track]) -> int:
        """Write what the tracks hold, each offset once, in one commit; answer the number of rows.

        Raises:
            CommitRefusedError: another writer was here; nothing was written.
            SchemaError: the contract changed in a way that the table cannot follow.
            LakeError: the lake did not answer; it is not known whether it has the rows.
        """
        self._ensure()
        batch = self._layout.table([record for track in tracks.values() for record in track.records])
        failpoint("warehouse.before_commit")
        self._table.append(batch, {_in_lake(partition): track.span for partition, track in tracks.items()})
        failpoint("warehouse.after_commit")
        metrics.LAKE_ROWS_WRITTEN.labels(self._contract.id).inc(len(batch))
        self._commits += 1
        return len(batch)

    def tidy(self) -> int:
        """Join small files once enough were written; answer how many went."""
        if self._commits < self._compact_commits:
            return 0
        self._commits = 0
        try:
            joined = self._table.compact()
        except ConflictError:  # another archiver is at it
            return 0
        self._table.vacuum()
        return joined

    @cached_property
    def _layout(self) -> RowLayout:
        """Made by the first call that may block: it reads the time zone from disk."""
        return RowLayout(self._contract)

    def _ensure(self) -> None:
        if not self._is_ensured:
            self._table.ensure(self._layout.schema)
            self._is_ensured = True


def _in_lake(partition: Partition) -> lake.Partition:
    """Kafka's topic ids are out of reach of the client (aiokafka 0.14), so the incarnation stays empty."""
    return lake.Partition(partition.topic, partition.partition)
