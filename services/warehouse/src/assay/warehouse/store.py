"""The warehouse: a DuckDB file with a table a contract, and the ledger of the days that are in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import duckdb

from assay.warehouse.breaches import Evaluation
from assay.warehouse.checks import quoted
from assay.warehouse.day import Day
from assay.warehouse.day_rows import DayRows
from assay.warehouse.errors import WarehouseBusyError

__all__ = ["CheckedSlice", "Load", "Settled", "Slice", "Warehouse"]

RETRY_S = 0.05
LEDGER = """
    CREATE SCHEMA IF NOT EXISTS assay;
    CREATE TABLE IF NOT EXISTS assay.slices (
        contract VARCHAR, day DATE, digest VARCHAR, rows BIGINT, held BOOLEAN, PRIMARY KEY (contract, day)
    );
    CREATE TABLE IF NOT EXISTS assay.outcomes (
        contract VARCHAR, promise VARCHAR, day DATE, rows BIGINT, failing BIGINT, value DOUBLE, words VARCHAR,
        kept BOOLEAN, was_broken BOOLEAN, PRIMARY KEY (contract, promise, day)
    );
"""
KEEP_SLICE = "INSERT OR REPLACE INTO assay.slices VALUES (?, ?, ?, ?, ?)"
KEEP_OUTCOME = "INSERT OR REPLACE INTO assay.outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
FIND_SLICE = "SELECT digest, held FROM assay.slices WHERE contract = ? AND day = ?"
CHECKED = "SELECT day, rows, held FROM assay.slices WHERE contract = ? AND day BETWEEN ? AND ? ORDER BY day"
WAS_BROKEN = "SELECT was_broken FROM assay.outcomes WHERE contract = ? AND promise = ? AND day = ?"
LAST_KEPT = """
    SELECT kept FROM assay.outcomes
    WHERE contract = ? AND promise = ? AND day < ? AND kept IS NOT NULL ORDER BY day DESC LIMIT 1
"""


class Load(StrEnum):
    """What a run did to the warehouse."""

    LOADED = "loaded"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Slice:
    """A day as it was found in the lake. `latest_by` is the key of a table whose newest rows get a view."""

    contract: str
    day: Day
    digest: str
    rows: int
    held: bool
    evaluations: tuple[Evaluation, ...]
    latest_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedSlice:
    """A line of the ledger: a day, the rows that it had when it was checked last, and whether it stays out."""

    day: date
    rows: int
    held: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done, and the ids of the promises that were broken before, on this day or on the one before."""

    load: Load
    broken_before: frozenset[str]


class Warehouse:
    """Writes days, each in one transaction. The file is open during a call only, so that others may read it."""

    def __init__(self, file: Path, busy_s: float = 10.0) -> None:
        self._file = file
        self._busy_s = busy_s
        self._writing = threading.Lock()

    def settle(self, found: Slice, rows: DayRows) -> Settled:
        """Make the warehouse have the day as it was found, with ledger and outcomes, in one transaction. Blocks.

        A held day is not in the warehouse afterwards; a day with the same digest as before is left alone.

        Raises:
            WarehouseBusyError: the file could not be opened, most often because another process holds it.
        """
        with self._transaction() as connection:
            before = connection.execute(FIND_SLICE, [found.contract, found.day.date]).fetchone()
            broken_once = _broken_once(connection, found)
            if before is None or before[0] != found.digest:
                _replace(connection, found, rows)
                _keep(connection, found, broken_once)
            return Settled(_load(found, before), broken_once | _broken_last(connection, found))

    def checked(self, contract: str, first: date, last: date) -> list[CheckedSlice]:
        """Answer the days of a contract that were checked, oldest first. Blocks.

        Raises:
            WarehouseBusyError: the file could not be opened, most often because another process holds it.
        """
        with self._transaction() as connection:
            found = connection.execute(CHECKED, [contract, first, last]).fetchall()
        return [CheckedSlice(*line) for line in found]

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._writing, self._connect() as connection:
            connection.begin()
            connection.execute(LEDGER)
            yield connection
            connection.commit()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        deadline_s = time.monotonic() + self._busy_s
        while True:
            try:
                return duckdb.connect(self._file)
            except duckdb.IOException as error:
                if time.monotonic() > deadline_s:
                    raise WarehouseBusyError(str(self._file), self._busy_s, str(error)) from error
            time.sleep(RETRY_S)


def _load(found: Slice, before: tuple[str, bool] | None) -> Load:
    if found.held:
        return Load.HELD
    if before is None or before[1]:
        return Load.LOADED
    return Load.UNCHANGED if before[0] == found.digest else Load.REPLACED


def _broken_once(connection: duckdb.DuckDBPyConnection, found: Slice) -> frozenset[str]:
    """Answer the promises that an earlier look at this day found broken."""
    return frozenset(promise for promise in _promises(found) if _first(connection, WAS_BROKEN, found, promise) is True)


def _broken_last(connection: duckdb.DuckDBPyConnection, found: Slice) -> frozenset[str]:
    """Answer the promises that were broken on the last day before that says anything of them."""
    return frozenset(promise for promise in _promises(found) if _first(connection, LAST_KEPT, found, promise) is False)


def _promises(found: Slice) -> list[str]:
    return [each.promise.id for each in found.evaluations]


def _first(connection: duckdb.DuckDBPyConnection, query: str, found: Slice, promise: str) -> object:
    answer = connection.execute(query, [found.contract, promise, found.day.date]).fetchone()
    return answer[0] if answer else None


def _replace(connection: duckdb.DuckDBPyConnection, found: Slice, rows: DayRows) -> None:
    """Put the day in place of what was there."""
    _ensure_table(connection, found, rows)
    table = quoted(found.contract)
    bounds = [found.day.start_ms, found.day.end_ms]
    connection.execute(f"DELETE FROM {table} WHERE event_ms >= ? AND event_ms < ?", bounds)  # noqa: S608 -- quoted
    if not found.held:
        names = ", ".join(quoted(name) for name, _ in rows.columns)
        day = rows.source(connection)
        connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM ({day})")  # noqa: S608 -- quoted


def _keep(connection: duckdb.DuckDBPyConnection, found: Slice, broken_once: frozenset[str]) -> None:
    """Write down that the day was checked, and to what."""
    day = found.day.date
    connection.execute(KEEP_SLICE, [found.contract, day, found.digest, found.rows, found.held])
    for each in found.evaluations:
        promise, was_broken = each.promise.id, each.kept is False or each.promise.id in broken_once
        counts = (each.tally.rows, each.tally.failing, each.value, each.words)
        connection.execute(KEEP_OUTCOME, [found.contract, promise, day, *counts, each.kept, was_broken])


def _ensure_table(connection: duckdb.DuckDBPyConnection, found: Slice, rows: DayRows) -> None:
    """Make the table, or add the columns that it lacks; a column that went out of the contract stays."""
    table, present = quoted(found.contract), _columns(connection, found.contract)
    columns = [(name, f"{quoted(name)} {kind}") for name, kind in rows.columns]
    if not present:
        connection.execute(f"CREATE TABLE {table} ({', '.join(column for _, column in columns)})")
    for name, column in columns:
        if present and name not in present:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    if found.latest_by:
        connection.execute(_latest_view(found, rows))


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'main' AND table_name = ?"
    return {name for (name,) in connection.execute(query, [table]).fetchall()}


def _latest_view(found: Slice, rows: DayRows) -> str:
    """Answer the view of what is there now: of each key the newest row, unless it was deleted."""
    names = ", ".join(quoted(name) for name, _ in rows.columns)
    key = ", ".join(quoted(name) for name in found.latest_by)
    newest = "_order DESC, TRY_CAST(SPLIT_PART(_source, '/', 3) AS BIGINT) DESC"
    return (
        f"CREATE OR REPLACE VIEW {quoted(found.contract + '_latest')} AS SELECT {names} FROM ("  # noqa: S608 -- quoted
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {newest}) AS _newest"
        f" FROM {quoted(found.contract)} WHERE _op IN ('c', 'r', 'u', 'd')) WHERE _newest = 1 AND _op <> 'd'"
    )
