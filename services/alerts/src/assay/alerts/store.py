"""Keeps breaches and the notices still to be written, both moved in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, State, Step
from assay.alerts.messages import Notice, notices
from assay.alerts.recipients import recipients
from assay.alerts.schema import SCHEMA
from assay.contracts import Contract
from assay.runtime import Clock, failpoint
from assay.runtime.database import Database

__all__ = ["BreachStore", "OutboxHerald"]

OUTBOX = sa.Table(
    "outbox",
    SCHEMA,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("delivered", sa.Boolean, nullable=False, index=True),
)


class BreachStore:
    """The breaches of a database.

    Raises:
        StoreAwayError: from every method, when the store does not answer or is locked.
    """

    def __init__(self, database: Database, book: Book) -> None:
        self._database = database
        self._book = book

    async def advance(self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int) -> Step:
        """Give `step` the newest breach of a fingerprint; keep what it makes of it, and its alerts, or neither."""
        taken = await self._database.run(partial(self._advance, fingerprint, step, at_ms))
        failpoint("alerts.advanced")
        return taken

    async def breaches(self, contract: str = "") -> list[Breach]:
        """Return every breach, or those of one contract, oldest first."""
        return await self._database.run(partial(breach_rows.listed, contract=contract))

    async def undelivered(self, limit: int) -> list[Notice]:
        """Return the oldest notices that were not marked as delivered."""
        query = sa.select(OUTBOX.c.notice).where(~OUTBOX.c.delivered).order_by(OUTBOX.c.seq).limit(limit)
        found = await self._database.run(lambda connection: connection.execute(query).scalars().all())
        return [Notice(**json.loads(text)) for text in found]

    async def mark_delivered(self, keys: Sequence[str]) -> None:
        """Record that the notices of these keys were written."""
        change = sa.update(OUTBOX).where(OUTBOX.c.key.in_(keys)).values(delivered=True)
        await self._database.run(lambda connection: connection.execute(change))

    def _advance(
        self, fingerprint: str, step: Callable[[Breach | None], Step], at_ms: int, connection: sa.Connection
    ) -> Step:
        return self._book.move(connection, step(breach_rows.newest(connection, fingerprint)), at_ms)


class OutboxHerald:
    """Tells everybody concerned through the outbox."""

    def __init__(self, contracts: Mapping[str, Contract], clock: Clock) -> None:
        self._contracts = contracts
        self._clock = clock

    def opened(self, breach: Breach) -> Breach:
        told = recipients(self._contracts.get(breach.fired.contract), breach.fired)
        return replace(breach, recipients=told)

    def post(self, connection: sa.Connection, breach: Breach, state: State, over: Sequence[Breach]) -> None:  # noqa: ARG002 -- a notice of the outbox says nothing of them
        posted = notices(breach, state, self._clock.now_ms())
        rows = [{"key": notice.key, "notice": json.dumps(asdict(notice)), "delivered": False} for notice in posted]
        there = set(connection.scalars(sa.select(OUTBOX.c.key).where(OUTBOX.c.key.in_([row["key"] for row in rows]))))
        if fresh := [row for row in rows if row["key"] not in there]:
            connection.execute(sa.insert(OUTBOX), fresh)
