"""A store of breaches in a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assay.alerts.book import Book
from assay.alerts.breach_rows import prepare
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.herald import RoutedHerald
from assay.alerts.routing.router import Router
from assay.alerts.store import BreachStore
from assay.contracts import Contract
from assay.runtime import SystemClock
from assay.runtime.database import Database

__all__ = ["Kept", "opened"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Breaches and the alerts that wait."""

    breaches: BreachStore
    deliveries: DeliveryStore

    async def alerts(self) -> list[Delivery]:
        """The alerts of the outbox file that wait, in order."""
        claims = await self.deliveries.claim("file", SystemClock().now_ms(), 0, 100)
        return [claim.delivery for claim in claims]


@asynccontextmanager
async def opened(url: str, contracts: Mapping[str, Contract] | None = None) -> AsyncIterator[Kept]:
    """A store that tells everybody concerned through log and outbox."""
    known = contracts or {}
    async with Database(url, "ASSAY_ALERTS_STORE", prepare) as database:
        deliveries = DeliveryStore(database, "test")
        await deliveries.open(["file", "log"])
        yield Kept(BreachStore(database, Book(known, RoutedHerald(Router(known, SystemClock())))), deliveries)
