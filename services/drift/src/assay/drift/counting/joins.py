"""What waits to be joined, of one partition number of one model: a file that moves as the positions do, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from assay.drift.counting.known import Known
from assay.drift.errors import JoinsError
from assay.telemetry import get_logger

__all__ = ["Joins"]

log = get_logger()

LAYOUT = 1
"""Of the file; one of another layout is built anew."""
LOCK_S = 5.0
MOST_ASKED = 1_000
"""Ids in one question."""
CACHE_KB = 32 * 1024
SCHEMA = """
create table if not exists known(id text primary key, until_ms integer not null, entry blob not null) without rowid;
create index if not exists known_until on known(until_ms);
create table if not exists positions(topic text primary key, next_offset integer not null) without rowid;
create table if not exists marks(name text primary key, value integer not null) without rowid;
"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Known).decode


class Joins:
    """All writing happens in a transaction that is open from the first write on until `commit` or `undo`.

    So a crash leaves what was committed, and nothing else. One process holds the file at a time. Blocks.
    """

    def __init__(self, path: Path, base: sqlite3.Connection) -> None:
        self._path = path
        self._base = base
        self._is_writing = False
        self._is_broken = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, which is made where there is none; one that can't be read is thrown away, as it can be rebuilt.

        Raises:
            JoinsError: another process holds it, or the disk does not take it.
        """
        with _coping(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return cls(path, _connected(path))
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                log.warning("joins.thrown_away", path=str(path), error=str(error))
                _remove(path)
                return cls(path, _connected(path))

    @property
    def positions(self) -> dict[str, int]:
        """Up to where each topic is in it."""
        with self._coping():
            return dict(self._base.execute("select topic, next_offset from positions"))

    @property
    def watermark_ms(self) -> int | None:
        """How far event time was when it was last committed."""
        with self._coping():
            row = self._base.execute("select value from marks where name = 'watermark_ms'").fetchone()
            return None if row is None else int(row[0])

    def __len__(self) -> int:
        with self._coping():
            return int(self._base.execute("select count(*) from known").fetchone()[0])

    def load(self, ids: Sequence[str]) -> dict[str, Known]:
        """Return what is known under these ids, of those under which something is."""
        found: dict[str, Known] = {}
        with self._coping():
            for start in range(0, len(ids), MOST_ASKED):
                some = ids[start : start + MOST_ASKED]
                marks = ",".join("?" * len(some))
                rows = self._base.execute(f"select id, entry from known where id in ({marks})", some)  # noqa: S608 -- marks alone
                found |= {name: _decode(entry) for name, entry in rows}
        return found

    def save(self, found: Mapping[str, tuple[int, Known]]) -> None:
        """Keep what is known under ids, each until event time has passed its moment."""
        with self._writing() as base:
            base.executemany(
                "insert or replace into known values(?, ?, ?)",
                [(name, until_ms, _encode(known)) for name, (until_ms, known) in found.items()],
            )

    def take_expired(self, watermark_ms: int, most: int) -> list[Known]:
        """Forget what event time has passed, at most so many, the oldest first; return it."""
        with self._writing() as base:
            rows = base.execute(
                "select id, entry from known where until_ms < ? order by until_ms limit ?", (watermark_ms, most)
            ).fetchall()
            base.executemany("delete from known where id = ?", [(name,) for name, _ in rows])
        return [_decode(entry) for _, entry in rows]

    def commit(self, positions: Mapping[str, int], watermark_ms: int | None) -> None:
        """Write for good all that was saved, with how far its topics are and how far event time is."""
        with self._writing() as base:
            base.executemany("insert or replace into positions values(?, ?)", list(positions.items()))
            if watermark_ms is not None:
                base.execute("insert or replace into marks values('watermark_ms', ?)", (watermark_ms,))
            base.execute("commit")
            self._is_writing = False

    def undo(self) -> None:
        """Drop all that was saved since the last commit."""
        if self._is_writing:
            with self._coping():
                self._base.execute("rollback")
            self._is_writing = False

    def clear(self) -> None:
        """Forget everything, positions too."""
        self.undo()
        with self._writing() as base:
            for table in ("known", "positions", "marks"):
                base.execute(f"delete from {table}")  # noqa: S608 -- names of our own
            base.execute("commit")
            self._is_writing = False

    def close(self) -> None:
        """Drop what was not committed and let go of the file; one that turned out to be broken goes too."""
        try:
            self._base.close()
            if self._is_broken:
                _remove(self._path)
                log.warning("joins.thrown_away", path=str(self._path))
        except (sqlite3.Error, OSError) as error:
            log.warning("joins.not_closed", path=str(self._path), error=str(error))

    @contextmanager
    def _coping(self) -> Iterator[None]:
        with _coping(self._path):
            try:
                yield
            except sqlite3.DatabaseError as error:
                self._is_broken = self._is_broken or type(error) is sqlite3.DatabaseError
                raise

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._coping():
            if not self._is_writing:
                self._base.execute("begin immediate")
                self._is_writing = True
            yield self._base


def _connected(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=LOCK_S, isolation_level=None, check_same_thread=False)
    try:
        base.execute("pragma locking_mode = exclusive")
        base.execute("pragma journal_mode = wal")
        base.execute("pragma synchronous = normal")
        base.execute(f"pragma cache_size = -{CACHE_KB}")
        if base.execute("pragma user_version").fetchone()[0] not in (0, LAYOUT):
            raise sqlite3.DatabaseError("the file has another layout")
        base.executescript(SCHEMA)
        base.execute(f"pragma user_version = {LAYOUT}")
    except sqlite3.Error:
        base.close()
        raise
    return base


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


@contextmanager
def _coping(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise JoinsError(str(path), error) from error
