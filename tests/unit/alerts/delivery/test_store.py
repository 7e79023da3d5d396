from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import State
from assay.alerts.delivery import standing
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.payload import read_delivery, write_delivery
from assay.alerts.delivery.store import OVERTAKEN, Claim, DeliveryStore, Rest, post
from assay.alerts.messages import Message
from assay.alerts.schema import SCHEMA
from assay.runtime.database import Database
from tests.unit.alerts.delivery.alerts import alert, hostile

FIRING, RESOLVED = State.FIRING, State.RESOLVED
LEASE_MS = 60_000
NO_REST = Rest(1, 0)


@dataclass
class Outbox:
    """A store in a file of its own, and the time."""

    database: Database
    store: DeliveryStore
    now_ms: int = 1_000

    async def post(self, *alerts: Delivery) -> None:
        await self.database.run(partial(post, deliveries=alerts))

    async def claim(self, most: int = 100, *, channel: str = "hook", merges: bool = False) -> list[Claim]:
        return await self.store.claim(channel, self.now_ms, LEASE_MS, most, merges=merges)

    async def posted(self, breach: str) -> list[standing.Posted]:
        return await self.store.read(lambda connection: standing.posted(connection, breach))


@asynccontextmanager
async def outbox(tmp_path: Path, member: str = "a") -> AsyncIterator[Outbox]:
    async with Database(f"sqlite:///{tmp_path}/alerts.db", "ASSAY_ALERTS_STORE", SCHEMA) as database:
        store = DeliveryStore(database, member)
        await store.open(["hook", "chat"])
        yield Outbox(database, store)


def breaches(claims: Sequence[Claim]) -> list[tuple[str, State]]:
    return [(claim.delivery.breach, claim.delivery.state) for claim in claims]


@given(st.sampled_from(State), st.text(), st.lists(st.none() | st.floats(allow_nan=False)))
def test_alert_is_the_same_after_it_was_kept(state: State, text: str, spark: list[float | None]) -> None:
    kept = alert("b", state)
    message = Message(text, ((text, text),), (text,), ((text, text),), tuple(spark), None)
    delivery = Delivery(**{**{name: getattr(kept, name) for name in Delivery.__slots__}, "message": message})
    assert read_delivery(write_delivery(delivery)) == delivery


def test_hostile_alert_can_be_kept() -> None:
    kept = read_delivery(write_delivery(hostile("b")))
    assert (kept.contract, kept.message.lines) == (hostile("b").contract, hostile("b").message.lines)


async def test_end_is_sent_with_what_its_firing_said(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        firing, end = alert("b"), alert("b", RESOLVED)
        await box.post(firing, end)
        assert await box.store.firing(end) == firing
        assert await box.store.firing(alert("c", RESOLVED)) == alert("c", RESOLVED)


async def test_alert_posted_twice_is_kept_once(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("b"))
        await box.post(alert("b"))
        assert breaches(await box.claim()) == [("b", FIRING)]


async def test_claimed_alert_is_not_claimed_again_before_its_lease_ends(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"))
        await box.claim()
        box.now_ms += LEASE_MS - 1
        assert await box.claim() == []
        box.now_ms += 1
        assert breaches(await box.claim()) == [("b", FIRING)]


async def test_end_waits_until_its_firing_is_settled(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("b", RESOLVED))
        (firing,) = await box.claim()
        assert await box.claim() == []
        await box.store.later(firing, "away", box.now_ms, box.now_ms + 5_000, NO_REST)
        assert await box.claim() == []
        box.now_ms += 5_000
        (firing,) = await box.claim()
        await box.store.delivered(firing, box.now_ms)
        assert breaches(await box.claim()) == [("b", RESOLVED)]


async def test_end_is_sent_after_its_firing_was_given_up(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("b", RESOLVED))
        (firing,) = await box.claim()
        await box.store.gave_up(firing, "refused", box.now_ms)
        assert breaches(await box.claim()) == [("b", RESOLVED)]


async def test_another_target_does_not_wait_for_the_first(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b", target="x"), alert("b", target="y"), alert("c", fingerprint="g"))
        assert len(await box.claim()) == 3


async def test_channel_that_merges_tells_only_the_end_of_what_is_over(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b", channel="chat"), alert("b", RESOLVED, channel="chat"), alert("c", channel="chat"))
        (end,) = await box.claim(channel="chat", merges=True)
        assert breaches([end]) == [("b", RESOLVED)]
        assert next((each.gave_up_ms, each.error) for each in await box.posted("b")) == (1_000, OVERTAKEN)
        await box.store.delivered(end, box.now_ms)
        assert breaches(await box.claim(channel="chat", merges=True)) == [("c", FIRING)]


async def test_resting_channel_is_left_alone(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("c", fingerprint="g"))
        (first,) = await box.claim(1)
        await box.store.later(first, "away", box.now_ms, box.now_ms + 1, Rest(1, box.now_ms + 500))
        assert await box.claim() == []
        box.now_ms += 500
        assert len(await box.claim()) == 2


async def test_what_still_fires_is_repeated_once_in_its_time(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("c", fingerprint="g"), alert("c", RESOLVED, fingerprint="g"))
        for claim in await box.claim():
            await box.store.delivered(claim, box.now_ms)
        box.now_ms += 60_000
        repeated = await box.store.repeat("hook", box.now_ms, LEASE_MS, 60_000)
        assert breaches(repeated) == [("b", FIRING)]
        await box.store.release(repeated)
        assert await box.store.repeat("hook", box.now_ms + 59_999, LEASE_MS, 60_000) == []


async def test_end_waits_while_its_firing_is_repeated(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"))
        (firing,) = await box.claim()
        await box.store.delivered(firing, box.now_ms)
        box.now_ms += 60_000
        repeated = await box.store.repeat("hook", box.now_ms, LEASE_MS, 60_000)
        await box.post(alert("b", RESOLVED))
        assert await box.claim() == []
        await box.store.release(repeated)
        assert breaches(await box.claim()) == [("b", RESOLVED)]


async def test_process_that_comes_back_takes_up_what_it_had_claimed(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"))
        await box.claim()
    async with outbox(tmp_path, member="b") as other:
        assert await other.claim() == []
    async with outbox(tmp_path) as box:
        assert breaches(await box.claim()) == [("b", FIRING)]


async def test_channels_say_how_they_fare(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("c", fingerprint="g"), alert("d", fingerprint="h"))
        taken, refused, _ = await box.claim()
        await box.store.delivered(taken, 2_000)
        await box.store.gave_up(refused, "400", 2_001)
        found = await box.store.read(standing.fares)
        assert found["hook"] == standing.Fare("hook", 1, 1, 1, 10, "400", 2_001)
        assert found["chat"] == standing.Fare("chat")


async def test_alert_that_waited_too_long_is_given_up_whatever_its_channel(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b", channel="gone"))
        assert await box.store.give_up_stale(box.now_ms, created_before_ms=11) == 1
        assert "channels file" in (await box.posted("b"))[0].error


async def test_what_is_settled_is_forgotten_when_it_is_old_and_what_fires_is_not(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        await box.post(alert("b"), alert("b", RESOLVED), alert("c", fingerprint="g"), alert("d", fingerprint="h"))
        for _ in range(2):
            for claim in [each for each in await box.claim() if each.delivery.breach != "d"]:
                await box.store.delivered(claim, box.now_ms)
        assert await box.store.forget(created_before_ms=11) == 2
        assert [len(await box.posted(breach)) for breach in "bcd"] == [0, 1, 1]
