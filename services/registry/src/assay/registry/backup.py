"""All that the registry keeps, as one file: written as of one moment, read back whole or not at all.

The file is gzip over lines of JSON: what it is, then each row of each table, then the SHA-256 of the lines before.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import BinaryIO, NamedTuple

import sqlalchemy as sa

from assay.registry.audit import Actor, note
from assay.registry.errors import BackupDamagedError, StoreNotEmptyError
from assay.registry.migrations import HEAD
from assay.registry.tables import HISTORY, TABLES, advance, is_tally

__all__ = ["FORMAT", "Restored", "restore_backup", "write_backup"]

FORMAT = "assay.registry.backup/1"
BATCH = 200
LINE_LIMIT = 64 * 1024 * 1024

Value = str | int | float | bool | list[object] | dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    rows: int
    next_id: int


class _Row(NamedTuple):
    table: str
    values: dict[str, Value | bytes]


def write_backup(file: BinaryIO, now_ms: int, transaction: sa.Connection) -> None:
    """Write every row as of this moment; done again, it begins the file anew."""
    transaction.exec_driver_sql(
        "BEGIN" if transaction.dialect.name == "sqlite" else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    )
    file.seek(0)
    file.truncate()
    digest, rows = hashlib.sha256(), 0
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        for line in _lines(transaction, now_ms):
            digest.update(line)
            packed.write(line)
            rows += 1
        packed.write(_line({"sha256": digest.hexdigest(), "rows": rows - 1}))
    transaction.rollback()


def restore_backup(file: BinaryIO, skip_ids: int, now_ms: int, actor: Actor, transaction: sa.Connection) -> Restored:
    """Put the rows into the empty store: with their ids, under a new epoch, `skip_ids` ids left out after the last.

    A new epoch, since the lost store may have gone on after the backup: a watcher that heard more than the backup has
    must not take what comes next for what it knows.
    """
    advance(transaction, revisions=0, ids=0)
    _refuse_more(transaction)
    rows = _check(file)
    for table in filter(is_tally, TABLES.sorted_tables):
        transaction.execute(sa.delete(table))
    for name, group in groupby(_rows(file), key=lambda row: row.table):
        while batch := list(islice(group, BATCH)):
            transaction.execute(sa.insert(TABLES.tables[name]), [row.values for row in batch])
    transaction.execute(sa.update(HISTORY).values(epoch=str(uuid.uuid4())))
    for table in TABLES.sorted_tables:
        if "last_id" in table.columns:  # of the registry, and of each context
            transaction.execute(sa.update(table).values(last_id=table.c.last_id + skip_ids))
    last_id = transaction.execute(sa.select(HISTORY.c.last_id)).scalar_one()
    note(transaction, now_ms, actor, "store.restored", "", {"rows": str(rows), "skipped_ids": str(skip_ids)})
    return Restored(rows, last_id + 1)


def _lines(transaction: sa.Connection, now_ms: int) -> Iterator[bytes]:
    keys = {table.name: [column.name for column in table.primary_key.columns] for table in TABLES.sorted_tables}
    yield _line({"format": FORMAT, "step": HEAD, "made_ms": now_ms, "keys": keys})
    for table in TABLES.sorted_tables:
        query = sa.select(table).order_by(*table.primary_key.columns)
        for row in transaction.execute(query, execution_options={"yield_per": BATCH}).mappings():
            yield _line({"table": table.name, "row": {key: _written(value) for key, value in row.items()}})


def _line(value: dict[str, object]) -> bytes:
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(errors="surrogatepass")
        + b"\n"
    )


def _written(value: object) -> object:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, (bytes, memoryview)) else value


def _refuse_more(transaction: sa.Connection) -> None:
    for table in TABLES.sorted_tables:
        if not is_tally(table) and transaction.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise StoreNotEmptyError(table.name)
    if transaction.execute(sa.select(HISTORY.c.last_id)).scalar_one():
        raise StoreNotEmptyError("given ids")


def _check(file: BinaryIO) -> int:
    """Return how many rows there are; read all of it once, so that what is restored is known to be whole."""
    digest, count, first, last = hashlib.sha256(), -1, b"", b""
    for line in _read(file):
        if last:
            digest.update(last)
            count += 1
        first, last = first or line, line
    head, foot = _parsed(first), _parsed(last)
    if head.get("format") != FORMAT:
        raise BackupDamagedError("it is no backup of a registry")
    if head.get("step") != HEAD:
        raise BackupDamagedError(
            f"it is of step {head.get('step')}, this release is at {HEAD}; restore it with the release that made it, "
            "then start this one on that store"
        )
    if foot != {"sha256": digest.hexdigest(), "rows": count}:
        raise BackupDamagedError("it is not whole, or was changed")
    return count


def _rows(file: BinaryIO) -> Iterator[_Row]:
    lines = _read(file)
    next(lines)
    for line in lines:
        entry = _parsed(line)
        name, values = entry.get("table"), entry.get("row")
        if isinstance(name, str) and isinstance(values, dict):
            if name not in TABLES.tables or values.keys() - TABLES.tables[name].columns.keys():
                raise BackupDamagedError(f"it has a table {name!r} that this release does not know")
            yield _Row(name, {key: _value(value) for key, value in values.items()})


def _read(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as packed:
            while line := packed.readline(LINE_LIMIT):
                if not line.endswith(b"\n"):
                    raise BackupDamagedError("it is not whole")
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise BackupDamagedError("it is not whole") from error


def _parsed(line: bytes) -> dict[str, object]:
    try:
        value = json.loads(line.decode(errors="surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BackupDamagedError("it is not whole") from error
    if not isinstance(value, dict):
        raise BackupDamagedError("it is not whole")
    return value


def _value(value: Value) -> Value | bytes:
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return base64.b64decode(str(value["base64"]))
    return value
