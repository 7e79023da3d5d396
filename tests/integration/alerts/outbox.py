"""A real outbox and its couriers, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from assay.alerts.delivery import standing
from assay.alerts.delivery.backoff import Backoff
from assay.alerts.delivery.couriers import Couriers
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.settings import ChannelSettings
from assay.alerts.delivery.store import DeliveryStore, post
from assay.alerts.schema import SCHEMA
from assay.runtime.clock import SystemClock
from assay.runtime.database import Database
from assay.testkit import eventually

__all__ = ["Outbox", "delivering"]

QUICK = Backoff(first_s=0.02, longest_s=0.2, longest_rest_s=0.1)
SETTINGS: TypeAdapter[dict[str, ChannelSettings]] = TypeAdapter(dict[str, ChannelSettings])


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is posted here goes out by the channels."""

    database: Database
    store: DeliveryStore
    couriers: Couriers

    async def post(self, *deliveries: Delivery) -> None:
        now_ms = SystemClock().now_ms()  # what is old and settled is forgotten
        await self.database.run(partial(post, deliveries=[replace(each, at_ms=now_ms) for each in deliveries]))
        self.couriers.wake()

    async def posted(self, breach: str) -> list[standing.Posted]:
        return await self.store.read(lambda connection: standing.posted(connection, breach))

    async def settled(self, breach: str, count: int) -> Sequence[standing.Posted]:
        """The alerts of a breach, once so many are settled."""

        async def are_settled() -> Sequence[standing.Posted]:
            found = await self.posted(breach)
            return found if sum(each.next_try_ms is None for each in found) >= count else []

        return await eventually(are_settled, 60.0)

    async def fare(self, channel: str) -> standing.Fare:
        return (await self.store.read(standing.fares))[channel]


@asynccontextmanager
async def delivering(folder: Path, channels: Mapping[str, object], backoff: Backoff = QUICK) -> AsyncIterator[Outbox]:
    """Couriers of these channels, as a channels file would state them, while the block runs."""
    async with Database(f"sqlite:///{folder}/alerts.db", "ASSAY_ALERTS_STORE", SCHEMA) as database:
        store = DeliveryStore(database, "alerts-0")
        settings = SETTINGS.validate_python(channels)
        async with Couriers(settings, store, SystemClock(), backoff) as couriers, asyncio.TaskGroup() as group:
            running = group.create_task(couriers.run())
            yield Outbox(database, store, couriers)
            running.cancel()
