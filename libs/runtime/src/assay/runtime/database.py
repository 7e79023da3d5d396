"""The SQL store of a service: SQLite where none else is named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from assay.runtime.errors import StartError, TransientError
from assay.telemetry import get_logger

__all__ = ["Database", "StoreAwayError"]

Found = TypeVar("Found")

DRIVERS = frozenset({"sqlite"})
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was answered survives the power cord, not only kill -9
    "PRAGMA busy_timeout = 5000",
)


class StoreAwayError(TransientError):
    """The store did not answer."""


class Database:
    """A database, open for the block, with its tables made.

    Every use is one transaction in a thread. A caller that is cancelled leaves it to finish there, and leaving the block
    waits for it: a cancelled query of aiosqlite 0.22 can hang its loop for ever, and callers are cancelled all the time.

    Args:
        text: URL such as `sqlite:///path`.
        variable: the setting that the URL came from, for messages.
        tables: what to make where it isn't there.

    Raises:
        StartError: on making it, the URL can't be read; on entering, the database can't be opened.
    """

    def __init__(self, text: str, variable: str, tables: sa.MetaData) -> None:
        self._url = _read_url(text, variable)
        self._variable = variable
        self._tables = tables
        self._working: set[asyncio.Future[Any]] = set()

    async def __aenter__(self) -> Self:
        try:
            self._engine = await asyncio.to_thread(_open, self._url, self._tables)
        except (DBAPIError, OSError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise StartError(
                f"can't open the store {self._url.database}: {cause}; name another with {self._variable}"
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._working:
            await asyncio.wait(self._working)
        await asyncio.to_thread(self._engine.dispose)

    async def run(self, work: Callable[[sa.Connection], Found]) -> Found:
        """Do the work in one transaction and return what it returns; an error of its own rolls back.

        Raises:
            StoreAwayError: the store did not answer, or was locked for 5 s.
        """
        transaction = asyncio.ensure_future(asyncio.to_thread(_in_transaction, self._engine, work))
        self._working.add(transaction)
        transaction.add_done_callback(self._forget)
        try:
            return await asyncio.shield(transaction)
        except DBAPIError as error:
            raise StoreAwayError(
                f"the store {self._url.database} did not answer: {error.orig}; find what holds it, and try again"
            ) from error

    def _forget(self, transaction: asyncio.Future[Found]) -> None:
        """Drop a transaction that ended; where its caller is gone, nobody else hears how."""
        self._working.discard(transaction)
        if not transaction.cancelled() and (error := transaction.exception()):
            get_logger().debug("transaction.failed", error=repr(error))


def _in_transaction(engine: sa.Engine, work: Callable[[sa.Connection], Found]) -> Found:
    with engine.begin() as transaction:
        return work(transaction)


def _open(url: sa.URL, tables: sa.MetaData) -> sa.Engine:
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_pragmas)
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        tables.create_all(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _read_url(text: str, variable: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except ArgumentError as error:
        raise StartError(f"{variable}={text!r} is no URL; write it like sqlite:///path") from error
    if url.drivername not in DRIVERS:
        raise StartError(f"{variable}: no driver for {url.drivername!r}; write it like sqlite:///path")
    return url


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
