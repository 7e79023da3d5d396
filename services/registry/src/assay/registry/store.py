"""Where contracts are kept: one SQL transaction a publication, with the revision in it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from assay.registry.errors import ContractUnknownError, StoreAwayError, VersionUnknownError
from assay.registry.version import History, PublishedVersion, admit
from assay.runtime import Clock, StartError

__all__ = ["ContractStore"]

PAGE = 200
ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite"}
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an answered publication survives the power cord, not only kill -9
    "PRAGMA busy_timeout = 5000",
)

TABLES = sa.MetaData()
HISTORY = sa.Table(
    "history",
    TABLES,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.String(36), nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("last_id", sa.BigInteger, nullable=False),
)
VERSIONS = sa.Table(
    "contract_versions",
    TABLES,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contract", sa.String(255), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("published_ms", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False, unique=True),
    sa.UniqueConstraint("contract", "version"),
)


class ContractStore:
    """Keeps every version ever published. Ids and revisions only grow and are never given twice.

    Revision and last id are one row, raised in the transaction that writes the version: the row's lock puts writers
    in one line, so a reader that saw revision n has seen all before it.

    Raises:
        StartError: on entering, when the store can't be opened.
        StoreAwayError: the store did not answer.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = _read_url(url)
        self._clock = clock

    async def __aenter__(self) -> Self:
        try:
            self._engine = await asyncio.to_thread(_open_engine, self._url)
        except OSError as error:
            raise _start_error(self._url, error) from error
        try:
            await self._prepare()
        except DBAPIError as error:
            await self._engine.dispose()
            raise _start_error(self._url, error.orig) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._engine.dispose()

    async def publish(self, contract: str, version: str, text: bytes) -> tuple[PublishedVersion, bool]:
        """Add a version and return it with True, or the one that already is this text with False.

        It is on disk once this returns. Raises the errors of `admit`.
        """
        async with self._transaction() as transaction:
            revision, number = await _advance(transaction)
            known = await _select(transaction, VERSIONS.c.contract == contract)
            if same := admit(known, contract, version, text):
                await transaction.rollback()
                return same, False
            added = PublishedVersion(number, contract, version, text, self._clock.now_ms(), revision)
            await transaction.execute(VERSIONS.insert().values(**_row(added)))
        return added, True

    async def get(self, contract: str, version: str = "") -> PublishedVersion:
        """Return a version, the newest where none is named.

        Raises:
            ContractUnknownError: there is no such contract.
            VersionUnknownError: there is no such version of it.
        """
        async with self._transaction() as transaction:
            known = await _select(transaction, VERSIONS.c.contract == contract)
        if not known:
            raise ContractUnknownError(contract)
        for one in reversed(known):
            if version in ("", one.version):
                return one
        raise VersionUnknownError(contract, version)

    async def newest(self) -> list[PublishedVersion]:
        """Return the newest version of every contract, by contract id."""
        newest = sa.select(sa.func.max(VERSIONS.c.id)).group_by(VERSIONS.c.contract)
        async with self._transaction() as transaction:
            found = await _select(transaction, VERSIONS.c.id.in_(newest))
        return sorted(found, key=lambda one: one.contract)

    async def since(self, revision: int) -> list[PublishedVersion]:
        """Return the next versions after a revision, in order, at most a page of them; none where there are no more."""
        async with self._transaction() as transaction:
            return await _select(transaction, VERSIONS.c.revision > revision, PAGE)

    async def history(self) -> History:
        """Return which store this is and how far it got."""
        async with self._transaction() as transaction:
            row = (await transaction.execute(sa.select(HISTORY.c.epoch, HISTORY.c.revision))).one()
        return History(row.epoch, row.revision)

    async def _prepare(self) -> None:
        async with self._engine.begin() as transaction:
            await transaction.run_sync(TABLES.create_all)
            if (await transaction.execute(sa.select(HISTORY.c.epoch))).first() is None:
                await transaction.execute(
                    HISTORY.insert().values(one=1, epoch=str(uuid.uuid4()), revision=0, last_id=0)
                )

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as transaction:
                yield transaction
        except DBAPIError as error:
            raise StoreAwayError(f"the store did not answer: {error.orig}; try again") from error


async def _advance(transaction: AsyncConnection) -> tuple[int, int]:
    """Take the next revision and id; the first statement of a writer, so that it waits here for the others."""
    raised = (
        sa.update(HISTORY)
        .values(revision=HISTORY.c.revision + 1, last_id=HISTORY.c.last_id + 1)
        .returning(HISTORY.c.revision, HISTORY.c.last_id)
    )
    row = (await transaction.execute(raised)).one()
    return row.revision, row.last_id


async def _select(
    transaction: AsyncConnection, condition: sa.ColumnElement[bool], limit: int | None = None
) -> list[PublishedVersion]:
    rows = await transaction.execute(sa.select(VERSIONS).where(condition).order_by(VERSIONS.c.revision).limit(limit))
    return [PublishedVersion(**row) for row in rows.mappings()]


def _row(version: PublishedVersion) -> dict[str, int | str | bytes]:
    return {column.name: getattr(version, column.name) for column in VERSIONS.columns}


def _read_url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except ArgumentError as error:
        raise StartError(f"ASSAY_REGISTRY_STORE={text!r} is no URL; write it like sqlite:///path") from error
    if url.drivername not in ASYNC_DRIVERS:
        raise StartError(f"ASSAY_REGISTRY_STORE: no driver for {url.drivername!r}; write it like sqlite:///path")
    return url.set(drivername=ASYNC_DRIVERS[url.drivername])


def _open_engine(url: sa.URL) -> AsyncEngine:
    """Return the engine of a store; looks at the file system, so it may block."""
    is_file = url.get_backend_name() == "sqlite"
    if is_file and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url)
    if is_file:
        sa.event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _start_error(url: sa.URL, cause: BaseException | None) -> StartError:
    return StartError(f"can't open the store {url.database}: {cause}; name another with ASSAY_REGISTRY_STORE")


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
