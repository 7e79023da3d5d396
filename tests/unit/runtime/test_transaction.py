"""What a transaction makes of a file that another process holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from assay.runtime.engine import open_engine, read_url
from assay.runtime.transaction import Transaction

PATIENCE_S = 5.0


def test_a_file_that_another_process_holds_for_a_moment_is_tried_again(tmp_path: Path) -> None:
    engine = open_engine(read_url(f"sqlite:///{tmp_path / 'store.db'}", "ASSAY_STORE"))
    tries: list[int] = []
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:

        def work(connection: sa.Connection) -> None:
            if tries:
                other.execute("ROLLBACK")
            else:
                other.execute("BEGIN IMMEDIATE")
            tries.append(1)
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            connection.exec_driver_sql("CREATE TABLE kept (id INTEGER)")

        Transaction(engine, work, PATIENCE_S).run()
    assert len(tries) == 2
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["kept"]
    engine.dispose()
