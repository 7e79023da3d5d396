"""Reads runs and actions, and keeps hints of how far runs are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.run import Run, RunState
from assay.recovery.store.run_reading import Explained, RunPartition, explained, partition_of, run_of
from assay.recovery.store.tables import ACTIONS, PASSED, PROGRESS, RUNS, TRIALS, VALUES
from assay.recovery.store.upsert import clean, upsert
from assay.runtime.database import Database

__all__ = ["RunAccount", "Runs"]

MAX_EXPLANATIONS = 20
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class RunAccount:
    """A run, how far it is, and what it came to so far; `settled` is exact, `left` final where a partition is done."""

    run: Run
    partitions: tuple[RunPartition, ...]
    settled: int
    left: int
    explanations: tuple[Explained, ...]
    ended_ms: int = 0


class Runs:
    """The runs that the index knows.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def active(self, contract: str) -> list[Run]:
        """Return the runs of a contract that are running or paused, the oldest first."""
        return [found.run for found in await self._database.run(lambda open_: open_runs(open_, contract))]

    async def one(self, run: str) -> RunAccount | None:
        """Return one run, None where none is known by this id."""
        query = sa.select(RUNS).where(RUNS.c.id == run, RUNS.c.started != b"")
        found = await self._database.run(lambda transaction: _accounts(transaction, query))
        return found[0] if found else None

    async def progress(
        self, run: str, partition: int, position: int, left: int, explanations: Mapping[str, int]
    ) -> None:
        """Note how far a run is in a partition; a hint, which may be lost."""
        most = Counter({clean(text, MAX_TEXT): count for text, count in explanations.items()})
        told = [pb.Explanation(text=text, dead_letters=n) for text, n in most.most_common(MAX_EXPLANATIONS)]
        passed = pb.RunPartition(partition=partition, position=position, left=left, explanations=told)
        row = {"run": run, "partition": partition, "passed": passed.SerializeToString()}
        await self._database.run(lambda transaction: upsert(transaction, PROGRESS, [row], ("passed",)))

    async def keep_value(self, run: str, sealed: bytes) -> None:
        """Keep the record that a run resubmits until it is dropped."""
        row = {"run": run, "sealed": sealed}
        await self._database.run(lambda transaction: upsert(transaction, VALUES, [row], ("sealed",)))

    async def value(self, run: str) -> bytes | None:
        """Return the record that a run resubmits, None where it is not kept, or no longer."""
        query = sa.select(VALUES.c.sealed).filter_by(run=run)
        return await self._database.run(lambda transaction: transaction.scalar(query))

    async def drop_value(self, run: str) -> None:
        """Forget the record that a run resubmitted."""
        change = sa.delete(VALUES).filter_by(run=run)
        await self._database.run(lambda transaction: transaction.execute(change))

    async def has_passed(self, contract: str, version: str, flow: str, digest: str) -> bool:
        """Whether a trial of this flow, as it is in this version, made some dead letter pass."""
        query = sa.select(sa.literal(1)).select_from(TRIALS)
        query = query.filter_by(contract=contract, version=version, flow=flow, digest=digest)
        return await self._database.run(lambda transaction: transaction.scalar(query)) is not None

    async def actions(self, contract: str = "", limit: int = 100) -> list[pb.Action]:
        """Return who did what and why, the newest first."""
        query = sa.select(ACTIONS.c.body).order_by(ACTIONS.c.at_ms.desc(), ACTIONS.c.id).limit(limit)
        if contract:
            query = query.where(ACTIONS.c.contract == contract)
        found = await self._database.run(lambda transaction: transaction.scalars(query).all())
        return [pb.Action.FromString(body) for body in found]

    async def has_action(self, action: str) -> bool:
        """Whether an action of this id is folded."""
        query = sa.select(sa.literal(1)).select_from(ACTIONS).where(ACTIONS.c.id == action)
        return await self._database.run(lambda transaction: transaction.scalar(query)) is not None

    async def list(self, contract: str = "", limit: int = 100) -> list[RunAccount]:
        """Return runs of a contract, or of all where it is empty, the newest first."""
        query = sa.select(RUNS).where(RUNS.c.started != b"").order_by(RUNS.c.started_ms.desc(), RUNS.c.id).limit(limit)
        if contract:
            query = query.where(RUNS.c.contract == contract)
        return await self._database.run(lambda transaction: _accounts(transaction, query))


def open_runs(transaction: sa.Connection, contract: str) -> list[RunAccount]:
    """Return the runs that have not ended, of a contract, or of all where it is empty, the oldest first."""
    query = sa.select(RUNS).where(RUNS.c.is_open, RUNS.c.started != b"").order_by(RUNS.c.started_ms, RUNS.c.id)
    return _accounts(transaction, query.where(RUNS.c.contract == contract) if contract else query)


def _accounts(transaction: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[RunAccount]:
    return [_account(transaction, row) for row in transaction.execute(query).mappings().all()]


def _account(transaction: sa.Connection, row: sa.RowMapping) -> RunAccount:
    started = pb.Run.FromString(row["started"])
    told = _told(transaction, row["id"])
    partitions = tuple(partition_of(each, told.get(each.partition)) for each in started.partitions)
    return RunAccount(
        run=run_of(started, _state(row), frozenset(each.partition for each in partitions if each.is_done)),
        partitions=partitions,
        settled=row["settled"],
        left=sum(each.left for each in partitions),
        explanations=explained(partitions),
        ended_ms=row["cancelled_ms"] or row["ended_ms"] or 0,
    )


def _told(transaction: sa.Connection, run: str) -> Mapping[int, pb.RunPartition]:
    """What is known of a run by partition: the hint, and in its place what is final."""
    told: dict[int, pb.RunPartition] = {}
    for table in (PROGRESS, PASSED):
        query = sa.select(table.c.partition, table.c.passed).where(table.c.run == run)
        for partition, passed in transaction.execute(query):
            told[partition] = pb.RunPartition.FromString(passed)
            told[partition].done = table is PASSED
    return told


def _state(row: sa.RowMapping) -> RunState:
    if row["cancelled_ms"] is not None:
        return RunState.CANCELLED
    if row["ended_ms"] is not None:
        return RunState.DONE
    return RunState.PAUSED if row["is_paused"] else RunState.RUNNING
