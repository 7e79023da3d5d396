"""A wrong topic pauses its contract, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from assay.contracts import Contract, load
from assay.ingestion.doors import Doors
from assay.testkit.builders import contract_text

ORDERS, BILLS = load(contract_text("orders")), load(contract_text("bills"))
PLANES = load(contract_text("planes", kind="cdc"))


class Topics:
    """Topics that are wrong until they are put right; `right` is set once one is found right."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = set(wrong)
        self.looks: list[str] = []
        self.right = asyncio.Event()

    async def check(self, contract: Contract) -> list[str]:
        self.looks.append(contract.id)
        if contract.id not in self.wrong:
            self.right.set()
            return []
        return [f"topic {contract.topics.raw_app} isn't there"]


async def only(*contracts: Contract) -> AsyncIterator[Contract]:
    for contract in contracts:
        yield contract


async def test_wrong_topic_pauses_its_contract_alone() -> None:
    doors = Doors(Topics("orders").check)
    for contract in (ORDERS, BILLS):
        await doors.place(contract)

    assert {name: door.paused for name, door in doors.doors.items()} == {
        "orders": "topic orders.raw.app isn't there",
        "bills": "",
    }


async def test_contract_without_a_topic_for_apps_is_not_looked_at() -> None:
    topics = Topics("planes")
    doors = Doors(topics.check)
    await doors.place(PLANES)

    assert (doors.doors["planes"].topic, topics.looks) == (None, [])


async def test_topic_put_right_opens_the_door() -> None:
    topics = Topics("orders")
    doors = Doors(topics.check, recheck_s=0.001)
    await doors.place(ORDERS)
    topics.wrong.clear()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(doors.run(only(ORDERS)))
        await topics.right.wait()
        running.cancel()

    assert doors.doors["orders"].paused == ""


async def test_contract_that_is_as_it_was_is_not_looked_at_again() -> None:
    topics = Topics()
    doors = Doors(topics.check)
    await doors.place(ORDERS)
    await doors.place(ORDERS)

    assert topics.looks == ["orders"]


async def test_new_version_is_looked_at_while_the_door_stays_open() -> None:
    newer = load(contract_text("orders", "1.1.0", maxRecordBytes=2048))
    seen: list[str] = []

    async def check(contract: Contract) -> list[str]:
        seen.append(doors.doors[contract.id].paused if contract is newer else "first")
        return []

    doors = Doors(check)
    await doors.place(ORDERS)
    await doors.place(newer)

    assert (seen, doors.doors["orders"].limit_bytes) == (["first", ""], 2048)


async def test_check_that_fails_pauses_with_its_words() -> None:
    async def check(_: Contract) -> list[str]:
        raise OSError("no broker there")

    doors = Doors(check)
    await doors.place(ORDERS)

    assert "no broker there" in doors.doors["orders"].paused
