"""A store of breaches in a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.store import BreachStore, OutboxHerald
from assay.contracts import Contract
from assay.runtime import SystemClock
from assay.runtime.database import Database

__all__ = ["opened"]


@asynccontextmanager
async def opened(url: str, contracts: Mapping[str, Contract] | None = None) -> AsyncIterator[BreachStore]:
    """A store that tells everybody concerned through the outbox."""
    known = contracts or {}
    async with Database(url, "ASSAY_ALERTS_STORE", prepare) as database:
        yield BreachStore(database, Book(known, OutboxHerald(known, SystemClock())))
