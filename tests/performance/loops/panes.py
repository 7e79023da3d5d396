"""One contender of `assay bench alerts`: takes the panes of a file, and says what it took of the processor and the clock.

`ours` is the fold of alerts with the position in its transactions, `peer` the same sums by a plain upsert for each minute
of each pane, `bare` reads the messages and adds nothing.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

import assay.alerts.panes.tables  # noqa: F401 -- the tables that the store needs
from assay.alerts.panes.fold import LEDGER, PaneFold
from assay.alerts.schema import SCHEMA
from assay.api.validation.v1.pane_pb2 import Pane
from assay.runtime import SystemClock
from assay.runtime.engine import ON_SQLITE, open_engine, read_url
from assay.runtime.transaction import Transaction
from assay.streaming import Record
from assay.streaming.ledger import CHUNK_RECORDS, POSITIONS, TABLES
from assay.streaming.topics import PANES
from tests.performance.panes import BOUNDS_MS, FIELDS, PROMISES, REASONS, read

__all__: list[str] = []

Chunks = Iterator[Sequence[tuple[int, bytes]]]

PEER_COLUMNS = (
    "valid", "rows", *(f"refused_{reason}" for reason in REASONS), *(f"nulls_{field}" for field in FIELDS),
    *(f"present_{field}" for field in FIELDS), *(f"failing_{promise}" for promise in PROMISES),
    *(f"late_{number}" for number in range(len(BOUNDS_MS) + 1)),
)  # fmt: skip


def chunks(messages: Sequence[bytes]) -> Chunks:
    """Give the messages with their offsets, as many at once as a ledger takes."""
    for start in range(0, len(messages), CHUNK_RECORDS):
        yield [*enumerate(messages[start : start + CHUNK_RECORDS], start)]


def bare(messages: Sequence[bytes], _: str) -> None:
    """Read the messages."""
    for message in messages:
        Pane.FromString(message)


def ours(messages: Sequence[bytes], path: str) -> None:
    """Merge the messages as alerts does."""
    engine = open_engine(read_url(f"sqlite:///{path}", "STORE"))
    SCHEMA.create_all(engine)
    TABLES.create_all(engine)
    fold, place = PaneFold(SystemClock()), {"ledger": LEDGER, "topic": PANES, "partition": 0}
    with engine.begin() as transaction:
        transaction.execute(sa.insert(POSITIONS).values(**place, next_offset=0))
    for chunk in chunks(messages):
        records = [Record(PANES, 0, offset, 0, None, value) for offset, value in chunk]

        def work(transaction: sa.Connection, records: Sequence[Record] = records) -> None:
            fold.apply(transaction, records)
            move = sa.update(POSITIONS).filter_by(**place).values(next_offset=records[-1].offset + 1)
            transaction.execute(move)

        Transaction(engine, work, patience_s=5).run()
    engine.dispose()


def peer(messages: Sequence[bytes], path: str) -> None:
    """Merge the messages by an upsert for each minute of each, as many in a transaction as ours takes."""
    names = ", ".join(f'"{name}"' for name in PEER_COLUMNS)
    sums = ", ".join(f'"{name}" = "{name}" + excluded."{name}"' for name in PEER_COLUMNS)
    marks = ", ".join("?" * (3 + len(PEER_COLUMNS)))
    upsert = (
        f"INSERT INTO sums (contract, version, minute, {names}) VALUES ({marks})"
        f" ON CONFLICT (contract, version, minute) DO UPDATE SET {sums}"
    )
    connection = sqlite3.connect(path)
    for statement in ON_SQLITE:
        connection.execute(statement)
    columns = ", ".join(f'"{name}" INTEGER NOT NULL' for name in PEER_COLUMNS)
    key = "contract TEXT, version TEXT, minute INTEGER"
    connection.execute(f"CREATE TABLE sums ({key}, {columns}, PRIMARY KEY (contract, version, minute)) WITHOUT ROWID")
    connection.execute("CREATE TABLE position (next_offset INTEGER)")
    connection.execute("INSERT INTO position VALUES (0)")
    for chunk in chunks(messages):
        connection.executemany(upsert, [row for _, message in chunk for row in _rows(Pane.FromString(message))])
        connection.execute("UPDATE position SET next_offset = ?", (chunk[-1][0] + 1,))
        connection.commit()
    connection.close()


def _rows(pane: Pane) -> Iterator[tuple[str | int, ...]]:
    for part in pane.slices:
        for minute in part.minutes:
            refused = {each.reason: each.count for each in minute.refused}
            yield (
                pane.contract, part.version, minute.minute, minute.valid, minute.rows,
                *(refused.get(reason, 0) for reason in REASONS),
                *minute.nulls, *minute.present, *minute.failing, *minute.lateness,
            )  # fmt: skip


def main(name: str, source: Path, path: str) -> None:
    """Run one contender, and write one line of JSON."""
    messages = read(source)
    contenders: dict[str, Callable[[Sequence[bytes], str], None]] = {"bare": bare, "ours": ours, "peer": peer}
    gc.collect()
    gc.freeze()
    cpu_s, wall_s = time.process_time(), time.monotonic()
    contenders[name](messages, path)
    taken = {"cpu_s": time.process_time() - cpu_s, "wall_s": time.monotonic() - wall_s}
    sys.stdout.write(json.dumps(taken) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
