from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import sqlalchemy as sa

from assay.alerts.breaches import State
from assay.alerts.delivery import standing
from assay.alerts.delivery.store import DeliveryStore, post
from assay.alerts.delivery.tables import CHANNELS
from assay.alerts.schema import SCHEMA
from assay.runtime.database import Database
from tests.integration.registry.postgres import postgres
from tests.unit.alerts.delivery.alerts import alert, hostile

LEASE_MS = 60_000
BREACHES = 40


@asynccontextmanager
async def two_stores() -> AsyncIterator[tuple[Database, DeliveryStore, DeliveryStore]]:
    async with (
        postgres() as server,
        Database(server.url, "ASSAY_ALERTS_STORE", SCHEMA) as one,
        Database(server.url, "ASSAY_ALERTS_STORE", SCHEMA) as other,
    ):
        stores = DeliveryStore(one, "a"), DeliveryStore(other, "b")
        await stores[0].open(["hook"])
        yield one, *stores


async def test_alert_is_claimed_by_one_of_two_and_settled_once_in_order() -> None:
    names = [f"b{number}" for number in range(BREACHES)]
    async with two_stores() as (database, *stores):
        await database.run(partial(post, deliveries=[alert(n, s, fingerprint=n) for s in State for n in names]))
        order: list[tuple[str, State]] = []

        async def carry(store: DeliveryStore) -> None:
            while claims := await store.claim("hook", 1_000, LEASE_MS, 3):
                for claim in claims:
                    order.append((claim.delivery.breach, claim.delivery.state))
                    await store.delivered(claim, 1_000)

        async with asyncio.TaskGroup() as group:
            for store in (*stores, *stores):
                group.create_task(carry(store))
        await carry(stores[0])  # an end may have waited while the others found nothing to do
        assert set(Counter(order).values()) == {1}
        assert len(order) == 2 * BREACHES
        assert all(order.index((name, State.FIRING)) < order.index((name, State.RESOLVED)) for name in names)


async def test_many_that_open_the_same_channels_at_once_all_get_them() -> None:
    async with two_stores() as (database, *stores):
        channels = [f"channel-{number}" for number in range(100)]
        async with asyncio.TaskGroup() as group:
            for store in stores * 4:
                group.create_task(store.open(channels))
        found = await database.run(lambda connection: connection.scalars(sa.select(CHANNELS.c.name)).all())
        assert sorted(found) == sorted(["hook", *channels])


async def test_claim_of_one_who_is_gone_is_taken_over_when_it_ends() -> None:
    async with two_stores() as (database, gone, other):
        await database.run(partial(post, deliveries=[alert("b")]))
        assert len(await gone.claim("hook", 1_000, LEASE_MS, 9)) == 1
        assert await other.claim("hook", 1_000 + LEASE_MS - 1, LEASE_MS, 9) == []
        assert len(await other.claim("hook", 1_000 + LEASE_MS, LEASE_MS, 9)) == 1


async def test_end_is_not_claimed_by_one_while_the_other_repeats_its_firing() -> None:
    async with two_stores() as (database, one, other):
        await database.run(partial(post, deliveries=[alert("b")]))
        (firing,) = await one.claim("hook", 1_000, LEASE_MS, 9)
        await one.delivered(firing, 1_000)
        repeated = await one.repeat("hook", 90_000, LEASE_MS, 60_000)
        assert await other.repeat("hook", 90_000, LEASE_MS, 60_000) == []
        await database.run(partial(post, deliveries=[alert("b", State.RESOLVED)]))
        assert await other.claim("hook", 90_000, LEASE_MS, 9) == []
        await one.release(repeated)
        assert len(await other.claim("hook", 90_000, LEASE_MS, 9)) == 1


async def test_hostile_alert_is_kept_counted_and_given_up() -> None:
    async with two_stores() as (database, store, _):
        delivery = hostile("b")
        await database.run(partial(post, deliveries=[delivery]))
        (claim,) = await store.claim("hook", 1_000, LEASE_MS, 9)
        await store.gave_up(claim, "refused", 1_000)
        assert (await store.read(standing.fares))["hook"].gave_up == 1
        assert await store.give_up_stale(1_000, 1_000) == 0
        assert await store.forget(1_000) == 0  # it still fires
