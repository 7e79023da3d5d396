from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assay.alerts.breaches import State
from assay.alerts.delivery import standing
from assay.alerts.delivery.backoff import Backoff
from assay.alerts.delivery.channel import DeliveryError, DeliveryRefusedError
from assay.alerts.delivery.courier import Courier, Manners
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.store import DeliveryStore, post
from assay.alerts.schema import SCHEMA
from assay.runtime.clock import SystemClock
from assay.runtime.database import Database
from assay.testkit import eventually
from tests.unit.alerts.delivery.alerts import alert

QUICK = Backoff(first_s=0.001, longest_s=0.001, longest_rest_s=0.001, give_up_s=1e12)  # alerts are of 1970


@dataclass
class Channel:
    """Does with each alert what it is told, and notes what was taken."""

    does: Callable[[Delivery, int], Exception | None] = lambda _delivery, _attempt: None
    taken: list[str] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    under_way: int = 0
    most_under_way: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    async def send(self, delivery: Delivery) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            await self.opened.wait()
            attempt = self.attempts[delivery.key] = self.attempts.get(delivery.key, 0) + 1
            if error := self.does(delivery, attempt):
                raise error
            self.taken.append(delivery.key)
        finally:
            self.under_way -= 1
            self.moved.set()


@asynccontextmanager
async def carried(
    tmp_path: Path, channel: Channel, *alerts: Delivery, manners: Manners | None = None
) -> AsyncIterator[DeliveryStore]:
    """The alerts, carried through the channel while the block runs."""
    async with Database(f"sqlite:///{tmp_path}/alerts.db", "ASSAY_ALERTS_STORE", SCHEMA) as database:
        store = DeliveryStore(database, "a")
        await store.open(["hook"])
        await database.run(lambda connection: post(connection, alerts))
        courier = Courier("hook", channel, store, SystemClock(), lambda: 0.0, manners or Manners(backoff=QUICK))
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            running = group.create_task(courier.run())
            yield store
            running.cancel()


async def settled(store: DeliveryStore, count: int) -> list[standing.Posted]:
    """All alerts of breach `b`, once so many are settled."""

    async def are_settled() -> list[standing.Posted]:
        found = await store.read(lambda connection: standing.posted(connection, "b"))
        return found if sum(each.next_try_ms is None for each in found) == count else []

    return await eventually(are_settled)


async def failed(store: DeliveryStore) -> bool:
    return bool((await store.read(standing.fares))["hook"].error)


async def busy(channel: Channel, count: int) -> bool:
    return channel.under_way >= count


async def test_alert_that_was_not_taken_is_sent_again_until_it_is(tmp_path: Path) -> None:
    channel = Channel(lambda _delivery, attempt: DeliveryError("away") if attempt < 4 else None)
    async with carried(tmp_path, channel, alert("b")) as store:
        (found,) = await settled(store, 1)
    assert (found.attempts, found.delivered_ms is not None, found.error) == (3, True, "")


async def test_end_is_sent_after_its_firing_was_taken(tmp_path: Path) -> None:
    channel = Channel(
        lambda delivery, attempt: DeliveryError("away") if "firing" in delivery.key and attempt < 3 else None
    )
    async with carried(
        tmp_path, channel, alert("b"), alert("b", State.RESOLVED), manners=Manners(4, backoff=QUICK)
    ) as store:
        await settled(store, 2)
    assert channel.taken == ["b/firing/hook/", "b/resolved/hook/"]


async def test_refusal_is_given_up_at_once_and_stops_nothing(tmp_path: Path) -> None:
    channel = Channel(lambda delivery, _: DeliveryRefusedError("400") if "firing" in delivery.key else None)
    async with carried(tmp_path, channel, alert("b"), alert("b", State.RESOLVED)) as store:
        refused, taken = await settled(store, 2)
    assert (refused.attempts, refused.gave_up_ms is not None, refused.error) == (1, True, "400")
    assert taken.delivered_ms is not None


async def test_alert_is_given_up_when_its_time_is_over(tmp_path: Path) -> None:
    channel = Channel(lambda _delivery, _attempt: DeliveryError("away"))
    manners = Manners(backoff=Backoff(first_s=0.001, give_up_s=86_400.0))
    async with carried(tmp_path, channel, alert("b"), manners=manners) as store:  # posted in 1970
        (found,) = await settled(store, 1)
    assert found.error == "given up after 1 days: away"


async def test_no_more_are_under_way_than_the_channel_bears(tmp_path: Path) -> None:
    channel = Channel()
    channel.opened.clear()
    alerts = [alert("b", fingerprint=f"f{number}", target=f"t{number}") for number in range(20)]
    async with carried(tmp_path, channel, *alerts, manners=Manners(3, backoff=QUICK)) as store:
        await eventually(lambda: busy(channel, 3))
        channel.opened.set()
        await settled(store, 20)
    assert channel.most_under_way == 3


async def test_channel_that_fails_unforeseen_is_tried_again_and_its_words_are_not_shown(tmp_path: Path) -> None:
    channel = Channel(lambda _delivery, attempt: RuntimeError("https://user:hunter2@x") if attempt == 1 else None)
    async with carried(tmp_path, channel, alert("b")) as store:
        (found,) = await settled(store, 1)
    assert found.delivered_ms is not None


async def test_attempt_that_hangs_ends_in_its_time(tmp_path: Path) -> None:
    channel = Channel()
    channel.opened.clear()
    async with carried(tmp_path, channel, alert("b"), manners=Manners(timeout_s=0.05, backoff=QUICK)) as store:
        await eventually(lambda: failed(store))
        channel.opened.set()
        await settled(store, 1)
    assert channel.taken == ["b/firing/hook/"]
