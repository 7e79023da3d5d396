"""A contract whose topics are not as it says waits, and no other waits with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence

import pytest

from assay.contracts import Contract, load
from assay.streaming import Partition, TopicGate, gate
from assay.streaming.errors import BrokerError
from assay.streaming.topics import TopicSpec
from assay.testkit.builders import contract_text

ORDERS, SHIPS = load(contract_text("orders")), load(contract_text("ships"))


class Topics:
    """A broker whose topics of one contract are wrong, or that does not answer for them, until they are mended."""

    def __init__(self) -> None:
        self.wrong = "orders"
        self.is_silent = False

    async def check(self, _broker: str, specs: Collection[TopicSpec]) -> list[str]:
        if not any(self.wrong and spec.name.startswith(self.wrong) for spec in specs):
            return []
        if self.is_silent:
            raise BrokerError("no answer")
        return ["topic orders.validated isn't there"]


class Taken:
    """Notes which contracts came through."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.came = asyncio.Event()

    async def __call__(self, contracts: Sequence[Contract]) -> None:
        self.ids += [contract.id for contract in contracts]
        self.came.set()

    async def next(self) -> list[str]:
        await self.came.wait()
        self.came.clear()
        return self.ids


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> Topics:
    made = Topics()
    monkeypatch.setattr(gate, "check_topics", made.check)
    monkeypatch.setattr(gate, "AGAIN_S", 0.01)
    monkeypatch.setattr(gate, "FRESH_S", 0.0)
    return made


async def changes() -> AsyncIterator[Contract]:
    yield ORDERS
    yield SHIPS


@pytest.mark.parametrize("is_silent", [False, True])
async def test_a_contract_waits_for_its_topics_and_others_do_not(topics: Topics, is_silent: bool) -> None:
    topics.is_silent, taken, gated = is_silent, Taken(), TopicGate("broker")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(gated.run(changes(), taken))
        assert await taken.next() == ["ships"]
        topics.wrong = ""
        assert await taken.next() == ["ships", "orders"]
        running.cancel()


async def test_a_partition_whose_topics_change_is_taken_when_they_stand_again(topics: Topics) -> None:
    topics.wrong, taken, gated = "", Taken(), TopicGate("broker")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(gated.run(changes(), taken))
        while "orders" not in taken.ids:
            await taken.next()
        topics.wrong = "orders"
        standing = group.create_task(gated.stands(Partition("orders.raw.app", 0)))
        await gated.stands(Partition("ships.raw.app", 0))
        waits = not standing.done()
        topics.wrong = ""
        await standing
        running.cancel()
    assert waits
