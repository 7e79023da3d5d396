"""Opens the SQL store of a service from its URL: SQLite where none else is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from assay.runtime.errors import StartError

__all__ = ["open_database"]

DRIVERS = {"sqlite": "sqlite+aiosqlite"}
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was answered survives the power cord, not only kill -9
    "PRAGMA busy_timeout = 5000",
)


@asynccontextmanager
async def open_database(text: str, variable: str, tables: sa.MetaData) -> AsyncIterator[AsyncEngine]:
    """Open the database at a URL such as `sqlite:///path`, with its tables made, until the block ends.

    `variable` is the setting that the URL came from, for messages.

    Raises:
        StartError: the URL can't be read or the database can't be opened.
    """
    url = _read_url(text, variable)
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine.sync_engine, "connect", _set_pragmas)
    try:
        await _prepare(engine, url, variable, tables)
        yield engine
    finally:
        await engine.dispose()


async def _prepare(engine: AsyncEngine, url: sa.URL, variable: str, tables: sa.MetaData) -> None:
    try:
        if engine.dialect.name == "sqlite" and url.database:
            await asyncio.to_thread(Path(url.database).parent.mkdir, parents=True, exist_ok=True)
        async with engine.begin() as connection:
            await connection.run_sync(tables.create_all)
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StartError(f"can't open the store {url.database}: {cause}; name another with {variable}") from error


def _read_url(text: str, variable: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except ArgumentError as error:
        raise StartError(f"{variable}={text!r} is no URL; write it like sqlite:///path") from error
    if url.drivername not in DRIVERS:
        raise StartError(f"{variable}: no driver for {url.drivername!r}; write it like sqlite:///path")
    return url.set(drivername=DRIVERS[url.drivername])


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
