"""Keeps breaches and the notices still to be written, both moved in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from types import TracebackType
from typing import Self

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from assay.alerts.breaches import Breach, Recipient, Role, Step
from assay.alerts.messages import Notice, notices
from assay.alerts.schema import SCHEMA
from assay.alerts.wire import read_measurement, write_measurement
from assay.runtime import failpoint
from assay.runtime.database import Database

__all__ = ["BreachStore"]

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


class BreachStore:
    """Opens on entering and closes on leaving.

    Raises:
        StartError: on making or entering it, when the store can't be opened.
        StoreAwayError: from every method, when the store does not answer or is locked.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, "ASSAY_ALERTS_STORE", SCHEMA)

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    @property
    def database(self) -> Database:
        """Where it keeps them."""
        return self._database

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step:
        """Give `step` the newest breach of a fingerprint; keep what it makes of it, and its notices, or neither."""
        taken = await self._database.run(partial(_advance, fingerprint, step, at_ms))
        failpoint("alerts.advanced")
        return taken

    async def breaches(self, contract: str = "") -> list[Breach]:
        """Return every breach, or those of one contract, oldest first."""
        query = select(BREACHES).order_by(BREACHES.c.seq)
        if contract:
            query = query.where(BREACHES.c.contract == contract)
        return await self._database.run(lambda connection: [_breach(row) for row in connection.execute(query)])

    async def undelivered(self, limit: int) -> list[Notice]:
        """Return the oldest notices that were not marked as delivered."""
        query = select(OUTBOX.c.notice).where(~OUTBOX.c.delivered).order_by(OUTBOX.c.seq).limit(limit)
        found = await self._database.run(lambda connection: connection.execute(query).scalars().all())
        return [Notice(**json.loads(text)) for text in found]

    async def mark_delivered(self, keys: Sequence[str]) -> None:
        """Record that the notices of these keys were written."""
        change = update(OUTBOX).where(OUTBOX.c.key.in_(keys)).values(delivered=True)
        await self._database.run(lambda connection: connection.execute(change))


def _advance(fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int, connection: Connection) -> Step:
    taken = step(_newest(connection, fingerprint))
    if taken.breach is not None:
        _keep(connection, taken.breach)
    if taken.breach is not None and taken.notice is not None:
        _post(connection, notices(taken.breach, taken.notice, at_ms))
    return taken


def _newest(connection: Connection, fingerprint: str) -> Breach | None:
    query = select(BREACHES).where(BREACHES.c.fingerprint == fingerprint).order_by(BREACHES.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return _breach(row) if row is not None else None


def _keep(connection: Connection, breach: Breach) -> None:
    values = _values(breach)
    changed = connection.execute(update(BREACHES).where(BREACHES.c.id == breach.id).values(**values))
    if not changed.rowcount:
        connection.execute(insert(BREACHES).values(**values))


def _post(connection: Connection, posted: Iterable[Notice]) -> None:
    rows = [{"key": notice.key, "notice": json.dumps(asdict(notice)), "delivered": False} for notice in posted]
    connection.execute(insert(OUTBOX), rows)


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
        recipients=tuple(_recipient(recipient) for recipient in json.loads(kept["recipients"])),
    )


def _recipient(kept: dict[str, str]) -> Recipient:
    """One that was kept before there were roles was told as an owner."""
    return Recipient(**{**kept, "role": Role(kept.get("role", Role.OWNER))})  # type: ignore[arg-type]  # as asdict wrote it
