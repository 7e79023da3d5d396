"""One day of one contract: counted in the lake, held to its promises, loaded into the warehouse."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from assay.contracts import Contract, record_fields
from assay.lake import Snapshot
from assay.warehouse.breaches import Evaluation, Standing, evaluate, standing
from assay.warehouse.checks import CHECKS, Tally, checks_sql, counting_sql, daily, tallies
from assay.warehouse.day import Day
from assay.warehouse.day_rows import DayRows, loaded_columns
from assay.warehouse.store import Load, Slice, Warehouse

__all__ = ["SliceResult", "digest", "run_slice"]

Place = tuple[str, int, int, int]
"""A partition of the lake and what it has of a day: topic, number, rows, greatest offset."""


@dataclass(frozen=True, slots=True)
class SliceResult:
    """What a run found and did, with what each promise's people are told."""

    day: Day
    load: Load
    rows: int
    evaluations: tuple[tuple[Evaluation, Standing], ...]


def run_slice(contract: Contract, day: Day, snapshot: Snapshot, warehouse: Warehouse) -> SliceResult:
    """Check a day and load it; the same again over the same rows changes nothing and answers the same. Blocks.

    The warehouse has the day afterwards as the snapshot has it, or not at all where the contract holds back days
    with a broken promise. A contract that only observes holds back nothing, and calls no promise broken.

    Raises:
        WarehouseBusyError: another process held the warehouse file.
    """
    observed = contract.enforcement == "observe"
    rows = DayRows(snapshot.dataset, day, loaded_columns(contract))
    places, counted = _count(contract, rows)
    evaluations = tuple(map(evaluate, daily(contract.promises), counted))
    found = Slice(
        contract=contract.id,
        day=day,
        digest=digest(contract, places),
        rows=sum(rows for _, _, rows, _ in places),
        held=contract.load == "hold" and not observed and any(each.kept is False for each in evaluations),
        evaluations=evaluations,
        latest_by=contract.key,
    )
    settled = warehouse.settle(found, rows)
    told = tuple(
        (each, standing(each.kept, broken_before=each.promise.id in settled.broken_before, observed=observed))
        for each in evaluations
    )
    return SliceResult(day, settled.load, found.rows, told)


def digest(contract: Contract, places: Sequence[Place]) -> str:
    """Answer what stands for a day's rows and for what is asked of them.

    The lake only ever adds rows, each offset once: a partition that has as many rows of a day has the same ones.
    """
    asked = (CHECKS, contract.id, contract.version, sorted(places))
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _count(contract: Contract, rows: DayRows) -> tuple[list[Place], list[Tally]]:
    """Count a day's rows by partition, and the failing ones of each daily promise among those that are held to it."""
    held_to = counting_sql(contract)
    with duckdb.connect() as connection:
        day = rows.source(connection)
        places = connection.execute(
            f"SELECT _topic, _partition, COUNT(*), MAX(_offset) FROM ({day}) GROUP BY _topic, _partition"  # noqa: S608 -- ours
        ).fetchall()
        stated = f"(SELECT * FROM ({day}) WHERE {held_to})"  # noqa: S608 -- ours
        counts = connection.execute(
            checks_sql(daily(contract.promises), dict(record_fields(contract)), stated)
        ).fetchone()
    return places, tallies(counts or ())
