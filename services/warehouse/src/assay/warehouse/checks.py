"""Daily promises as SQL that every engine counts alike: COUNT and SUM(CASE …) over a day, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assay.contracts import Contract, Promise
from assay.warehouse.rows import STATING

__all__ = ["CHECKS", "Tally", "checks_sql", "counting_sql", "daily", "failing_sql", "quoted", "tallies"]

CHECKS = 3
"""Version of what is asked of a day and loaded of it: a new one makes every day be checked and loaded again."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a promise was counted to: the rows that state the day's records, and those of them that fail."""

    rows: int
    failing: int


def daily(promises: Sequence[Promise]) -> tuple[Promise, ...]:
    """Answer the promises whose window is a day."""
    return tuple(promise for promise in promises if promise.window.minutes is None)


def checks_sql(promises: Sequence[Promise], kinds: Mapping[str, str], source: str) -> str:
    """Answer one query over `source` with one row: all rows, then the failing rows of each promise in order."""
    sums = [f"COALESCE(SUM(CASE WHEN {failing_sql(each, kinds)} THEN 1 ELSE 0 END), 0)" for each in promises]
    return f"SELECT {', '.join(['COUNT(*)', *sums])} FROM {source}"  # noqa: S608 -- names are quoted, values are literals


def counting_sql(contract: Contract) -> str:
    """Answer the condition that is true for a row that counts in a window.

    It states a record, and came in time where the contract leaves late ones out.
    """
    ops = ", ".join(f"'{op}'" for op in STATING)
    stating = f"_op IN ({ops})"
    if contract.on_late is None or contract.on_late[0] != "drop-from-window":
        return stating
    return f"{stating} AND _arrival_ms - event_ms <= {contract.on_late[1]}"


def tallies(counts: Sequence[int]) -> list[Tally]:
    """Read the row that `checks_sql` answers with."""
    rows, *failing = counts
    return [Tally(rows, each) for each in failing]


def failing_sql(promise: Promise, kinds: Mapping[str, str]) -> str:
    """Answer the condition that is true for a failing row; the same as `Promise.fails` on the value.

    `kinds` are the logical types of the columns: a value that a column cannot hold never equals it.
    """
    if promise.field is None or promise.metric == "rowCount":
        return "1 = 0"
    column = quoted(promise.field)
    literals = ", ".join(_literals(promise.values, kinds.get(promise.field, "string")))
    if promise.metric == "invalidValues":
        return f"{column} IS NOT NULL" + (f" AND {column} NOT IN ({literals})" if literals else "")
    if promise.metric == "missingValues" and literals:
        return f"{column} IS NULL OR {column} IN ({literals})"
    return f"{column} IS NULL"


def quoted(name: str) -> str:
    """Answer a name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _literals(values: Sequence[object], kind: str) -> list[str]:
    return [text for value in values if (text := _literal(value, kind)) is not None]


def _literal(value: object, kind: str) -> str | None:
    """Answer a value as a literal of the column's type, None where the column cannot hold it."""
    if isinstance(value, bool):
        return str(value).upper() if kind == "boolean" else None
    if isinstance(value, Decimal):
        return f"{value:f}" if kind in ("integer", "number") else None
    if isinstance(value, int | float):
        return repr(value) if kind in ("integer", "number") else None
    if isinstance(value, str) and kind in ("string", "date", "time", "timestamp"):
        return "'" + value.replace("'", "''") + "'"
    return None
