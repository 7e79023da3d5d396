"""What others write between two statements of a reader does it no harm: SQLite and PostgreSQL show it at once."""

from __future__ import annotations

import sqlalchemy as sa

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.store import tables
from assay.recovery.store.runs import open_runs


class Meanwhile:
    """A transaction in which another partition of the run is through after each statement."""

    def __init__(self, transaction: sa.Connection) -> None:
        self._transaction = transaction
        self._next = 0

    def execute(self, query: sa.Select[tuple[object, ...]]) -> sa.IteratorResult[tuple[object, ...]]:
        found = self._transaction.execute(query).freeze()()
        passed = pb.RunPartition(partition=self._next, end=9, position=9).SerializeToString()
        self._transaction.execute(sa.insert(tables.PASSED).values(run="r", partition=self._next, passed=passed))
        self._next += 1
        return found

    def scalars(self, query: sa.Select[tuple[object, ...]]) -> sa.ScalarResult[object]:
        return self.execute(query).scalars()


def test_partition_that_is_through_while_a_run_is_read_is_read_as_one_or_the_other() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as transaction:
        tables.TABLES.create_all(transaction)
        started = pb.Run(
            id="r",
            kind=pb.RUN_KIND_REPLAY,
            partitions=[pb.RunPartition(partition=number, end=9) for number in range(9)],
        )
        flags = {"is_open": True, "is_paused": False, "settled": 0}
        row = flags | {"id": "r", "contract": "c", "started": started.SerializeToString(), "started_ms": 1}
        transaction.execute(sa.insert(tables.RUNS).values(row))
        (found,) = open_runs(Meanwhile(transaction), "c")  # type: ignore[arg-type]  # stands for a connection

    assert {each.partition for each in found.partitions if each.is_done} <= {*range(9)}
    assert found.run.done == {each.partition for each in found.partitions if each.is_done}
