"""Planes as change events, the way Debezium writes a PostgreSQL table.

The snapshot is the real table. The updates and the delete that follow are made here: the table has no history.
No tombstone follows the delete (Debezium's `tombstones.on.delete=false`): it would say nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.examples.flights.tables import read_planes

__all__ = ["ChangeCounts", "PlaneChange", "plane_changes"]

_Row = dict[str, str | int | None]

# 2013-01-01T05:00:00Z, midnight in New York: the table as the year begins; the changes follow a day apart.
_SNAPSHOT_MS = 1_357_016_400_000
_DAY_MS = 86_400_000
_LSN = 23_000_000

# Planes that were refitted, by tail number, with the seats they have afterwards.
_REFITTED = (("N10156", 50), ("N102UW", 178), ("N14228", 151))
_SCRAPPED = "N105UW"


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """How many change events are of which kind."""

    reads: int
    updates: int
    deletes: int

    @classmethod
    def of(cls, changes: Sequence[PlaneChange]) -> ChangeCounts:
        """Count them."""
        ops = [change.op for change in changes]
        return cls(reads=ops.count("r"), updates=ops.count("u"), deletes=ops.count("d"))

    def __str__(self) -> str:
        made = f"{self.updates} updates and {self.deletes} delete made by the example"
        return f"{self.reads:,} snapshot reads from the real table; {made}"


@dataclass(frozen=True, slots=True)
class PlaneChange:
    """One record of the change topic: a Debezium key and a Debezium envelope."""

    key: bytes
    value: bytes
    op: str
    at_ms: int


def plane_changes() -> list[PlaneChange]:
    """Answer the snapshot, then the updates, then the delete, in the order of their log positions."""
    table = {str(row["tailnum"]): row for row in read_planes().to_pylist()}
    return [*_snapshot(table), *_updates(table), *_deletes(table)]


def _snapshot(table: dict[str, _Row]) -> Iterator[PlaneChange]:
    for row in table.values():
        yield _change("r", None, row, 0)


def _updates(table: dict[str, _Row]) -> Iterator[PlaneChange]:
    for day, (tailnum, seats) in enumerate(_REFITTED, start=1):
        before = table[tailnum]
        yield _change("u", before, {**before, "seats": seats}, day)


def _deletes(table: dict[str, _Row]) -> Iterator[PlaneChange]:
    yield _change("d", table[_SCRAPPED], None, len(_REFITTED) + 1)


def _change(op: str, before: _Row | None, after: _Row | None, day: int) -> PlaneChange:
    """Build one change event; `day` counts from the snapshot, which is day 0 and one log position."""
    at_ms = _SNAPSHOT_MS + day * _DAY_MS
    source = {
        "version": "3.3.1.Final",
        "connector": "postgresql",
        "name": "flights",
        "ts_ms": at_ms,
        "snapshot": "true" if op == "r" else "false",
        "db": "flights",
        "schema": "public",
        "table": "planes",
        "lsn": _LSN + day,
    }
    envelope = {"before": before, "after": after, "source": source, "op": op, "ts_ms": at_ms, "transaction": None}
    row = after or before or {}
    return PlaneChange(key=_json({"tailnum": row["tailnum"]}), value=_json(envelope), op=op, at_ms=at_ms)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
