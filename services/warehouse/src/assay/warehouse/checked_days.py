"""The days that were checked, beside what the lake has of them now: which have grown since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from assay.contracts import Contract
from assay.lake import Snapshot
from assay.warehouse.day import Day
from assay.warehouse.day_rows import LAKE
from assay.warehouse.store import CheckedSlice, Warehouse

__all__ = ["CheckedDay", "checked_days"]

MARK = "_attempt"
"""The column that is null but in recovered rows; a lake that had no record since there is one lacks it."""


@dataclass(frozen=True, slots=True)
class CheckedDay:
    """A day that a slice was run for: its rows then and now, and how many of them were recovered."""

    day: Day
    checked_rows: int
    rows: int
    recovered_rows: int
    held: bool

    @property
    def grown(self) -> bool:
        """Whether the lake, which only ever adds rows, has other ones of the day than were looked at."""
        return self.rows != self.checked_rows


def checked_days(
    contract: Contract, snapshot: Snapshot, warehouse: Warehouse, first: str = "", last: str = ""
) -> list[CheckedDay]:
    """Answer the days that were checked, oldest first; `first` and `last` bound them, where they are given. Blocks.

    Raises:
        DayError: a bound is no day.
        WarehouseBusyError: another process held the warehouse file.
    """
    lowest, highest = (Day.parse(bound, contract.timezone).date if bound else None for bound in (first, last))
    slices = warehouse.checked(contract.id, lowest or date.min, highest or date.max)
    days = [Day.parse(str(each.day), contract.timezone) for each in slices]
    counts = _counted(snapshot, days)
    return [_beside(each, day, counts) for each, day in zip(slices, days, strict=True)]


def _beside(found: CheckedSlice, day: Day, counts: Mapping[date, tuple[int, int]]) -> CheckedDay:
    rows, recovered = counts.get(day.date, (0, 0))
    return CheckedDay(day, found.rows, rows, recovered, found.held)


def _counted(snapshot: Snapshot, days: Sequence[Day]) -> dict[date, tuple[int, int]]:
    """Count the rows of days, and the recovered ones among them; it reads two columns of the files that meet them."""
    if not days:
        return {}
    bounds = pa.table({"day": [each.date for each in days], **_bounds(days)})
    mark = MARK if MARK in snapshot.dataset.schema.names else "NULL"
    query = f"""
        SELECT day, COUNT(*), COUNT(mark)
        FROM (SELECT event_ms, {mark} AS mark FROM {LAKE} WHERE event_ms >= ? AND event_ms < ?)
        ASOF JOIN days ON event_ms >= start_ms WHERE event_ms < end_ms GROUP BY day
    """  # noqa: S608 -- names of ours
    with duckdb.connect() as connection:
        connection.register(LAKE, snapshot.dataset)
        connection.register("days", bounds)
        found = connection.execute(query, [days[0].start_ms, days[-1].end_ms]).fetchall()
    return {day: (rows, recovered) for day, rows, recovered in found}


def _bounds(days: Sequence[Day]) -> dict[str, list[int]]:
    return {"start_ms": [each.start_ms for each in days], "end_ms": [each.end_ms for each in days]}
