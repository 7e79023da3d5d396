"""Runs as rows: what actions and settlements say of them, in whatever order they come."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.store.run_reading import KINDS
from assay.recovery.store.tables import PASSED, RUNS
from assay.recovery.store.upsert import Excluded, Row, clean, insert_missing, upsert

__all__ = ["add_settled", "change", "pass_partition", "start"]

MAX_ID = 255


def start(transaction: sa.Connection, action: pb.Action) -> None:
    """Take in that a run was started."""
    started = action.started
    if started.kind not in KINDS:
        return  # of a later release, which carries it out itself
    run = _there(transaction, started.id, action.contract)
    if not run["started"]:
        started.actor, started.why = started.actor or action.actor, started.why or action.why
        values = {"contract": action.contract, "started": started.SerializeToString(), "started_ms": started.started_ms}
        _write(transaction, started.id, values)
        _settle(transaction, started.id, action.at_ms)


def change(transaction: sa.Connection, action: pb.Action) -> None:
    """Take in that a run was paused, resumed or cancelled; one that ended stays as it is."""
    changed = action.changed
    run = _there(transaction, changed.run, action.contract)
    if run["ended_ms"] is not None or run["cancelled_ms"] is not None:
        return
    if changed.change == pb.RUN_CHANGE_CANCEL:
        _write(transaction, changed.run, {"cancelled_ms": action.at_ms, "is_open": False})
    elif changed.change in (pb.RUN_CHANGE_PAUSE, pb.RUN_CHANGE_RESUME):
        _write(transaction, changed.run, {"is_paused": changed.change == pb.RUN_CHANGE_PAUSE})


def pass_partition(transaction: sa.Connection, action: pb.Action) -> None:
    """Take in that a run went through a partition; the last one ends it."""
    passed = action.passed
    _there(transaction, passed.run, action.contract)
    row = {"run": passed.run, "partition": passed.partition.partition, "passed": passed.partition.SerializeToString()}
    if insert_missing(transaction, PASSED, [row]):
        _settle(transaction, passed.run, action.at_ms)


def add_settled(transaction: sa.Connection, contract: str, settled: Mapping[str, int]) -> None:
    """Count what runs settled."""
    rows = [_blank(run, contract, settled[run]) for run in sorted(settled)]
    upsert(transaction, RUNS, rows, _more)


def _more(new: Excluded) -> Row:
    return {"settled": RUNS.c.settled + new["settled"]}


def _settle(transaction: sa.Connection, run: str, at_ms: int) -> None:
    """End a run once it went through every partition."""
    row = _read(transaction, run)
    if not row["started"] or row["ended_ms"] is not None:
        return
    wanted = {each.partition for each in pb.Run.FromString(row["started"]).partitions if each.end}
    passed = transaction.scalars(sa.select(PASSED.c.partition).where(PASSED.c.run == clean(run, MAX_ID)))
    if wanted <= {*passed}:
        _write(transaction, run, {"ended_ms": at_ms, "is_open": False})


def _there(transaction: sa.Connection, run: str, contract: str) -> sa.RowMapping:
    insert_missing(transaction, RUNS, [_blank(run, contract)])
    return _read(transaction, run)


def _read(transaction: sa.Connection, run: str) -> sa.RowMapping:
    return transaction.execute(sa.select(RUNS).where(RUNS.c.id == clean(run, MAX_ID))).mappings().one()


def _write(transaction: sa.Connection, run: str, values: Mapping[str, object]) -> None:
    transaction.execute(sa.update(RUNS).where(RUNS.c.id == clean(run, MAX_ID)).values(**values))


def _blank(run: str, contract: str, settled: int = 0) -> Mapping[str, object]:
    return {
        "id": clean(run, MAX_ID),
        "contract": clean(contract, MAX_ID),
        "started": b"",
        "started_ms": 0,
        "is_open": True,
        "is_paused": False,
        "settled": settled,
    }
