"""Keeps breaches and the notices still to be written, both moved in one transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, Row, String, Table, Text, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from assay.alerts.breaches import Breach, Recipient, Step
from assay.alerts.errors import StoreError
from assay.alerts.messages import Notice, notices
from assay.alerts.wire import read_measurement, write_measurement
from assay.runtime import failpoint

__all__ = ["BreachStore"]

SCHEMA = MetaData()
BREACHES = Table(
    "breaches",
    SCHEMA,
    Column("seq", Integer, primary_key=True),  # the order in which they fired
    Column("id", String, nullable=False, unique=True),
    Column("fingerprint", String, nullable=False, index=True),
    Column("contract", String, nullable=False, index=True),
    Column("fired", LargeBinary, nullable=False),
    Column("latest", LargeBinary, nullable=False),
    Column("resolved", LargeBinary),
    Column("recipients", Text, nullable=False),
)
OUTBOX = Table(
    "outbox",
    SCHEMA,
    Column("seq", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("notice", Text, nullable=False),
    Column("delivered", Boolean, nullable=False, index=True),
)
DRIVERS = {"sqlite": "sqlite+aiosqlite"}


class BreachStore:
    """Opens on entering and closes on leaving; one writer at a time.

    Raises:
        StoreError: from every method, when the database does not answer or is locked.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> Self:
        self._engine = await asyncio.to_thread(_open, self._url)
        try:
            async with self._transaction() as connection:
                await connection.run_sync(SCHEMA.create_all)
        except StoreError:
            await self._engine.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._engine.dispose()

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step:
        """Give `step` the newest breach of a fingerprint; keep what it makes of it, and its notices, or neither."""
        async with self._transaction() as connection:
            newest = await _newest(connection, fingerprint)
            taken = step(newest)
            if taken.breach is not None:
                await _keep(connection, taken.breach)
            if taken.breach is not None and taken.notice is not None:
                await _post(connection, notices(taken.breach, taken.notice, at_ms))
        failpoint("alerts.advanced")
        return taken

    async def breaches(self, contract: str = "") -> list[Breach]:
        """Return every breach, or those of one contract, oldest first."""
        query = select(BREACHES).order_by(BREACHES.c.seq)
        if contract:
            query = query.where(BREACHES.c.contract == contract)
        async with self._transaction() as connection:
            return [_breach(row) for row in await connection.execute(query)]

    async def undelivered(self, limit: int) -> list[Notice]:
        """Return the oldest notices that were not marked as delivered."""
        query = select(OUTBOX.c.notice).where(~OUTBOX.c.delivered).order_by(OUTBOX.c.seq).limit(limit)
        async with self._transaction() as connection:
            return [Notice(**json.loads(text)) for text in (await connection.execute(query)).scalars()]

    async def mark_delivered(self, keys: Sequence[str]) -> None:
        """Record that the notices of these keys were written."""
        async with self._transaction() as connection:
            await connection.execute(update(OUTBOX).where(OUTBOX.c.key.in_(keys)).values(delivered=True))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(error) from error


def _open(text: str) -> AsyncEngine:
    """Return the engine of a store; the folder of a file is made.

    Raises:
        StoreError: the text names no store that can be opened.
    """
    try:
        url = make_url(text)
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return create_async_engine(url.set(drivername=DRIVERS.get(url.drivername, url.drivername)))
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(error) from error


async def _newest(connection: AsyncConnection, fingerprint: str) -> Breach | None:
    query = select(BREACHES).where(BREACHES.c.fingerprint == fingerprint).order_by(BREACHES.c.seq.desc()).limit(1)
    row = (await connection.execute(query)).first()
    return _breach(row) if row is not None else None


async def _keep(connection: AsyncConnection, breach: Breach) -> None:
    values = _values(breach)
    changed = await connection.execute(update(BREACHES).where(BREACHES.c.id == breach.id).values(**values))
    if not changed.rowcount:
        await connection.execute(insert(BREACHES).values(**values))


async def _post(connection: AsyncConnection, posted: Iterable[Notice]) -> None:
    rows = [{"key": notice.key, "notice": json.dumps(asdict(notice)), "delivered": False} for notice in posted]
    await connection.execute(insert(OUTBOX), rows)


def _values(breach: Breach) -> dict[str, object]:
    return {
        "id": breach.id,
        "fingerprint": breach.fired.fingerprint,
        "contract": breach.fired.contract,
        "fired": write_measurement(breach.fired).SerializeToString(),
        "latest": write_measurement(breach.latest).SerializeToString(),
        "resolved": write_measurement(breach.resolved).SerializeToString() if breach.resolved else None,
        "recipients": json.dumps([asdict(recipient) for recipient in breach.recipients]),
    }


def _breach(row: Row[tuple[object, ...]]) -> Breach:
    kept = row._mapping  # noqa: SLF001 -- the documented way to read a row by name
    return Breach(
        fired=read_measurement(kept["fired"]),
        latest=read_measurement(kept["latest"]),
        resolved=read_measurement(kept["resolved"]) if kept["resolved"] else None,
        recipients=tuple(Recipient(**recipient) for recipient in json.loads(kept["recipients"])),
    )
