"""What went by is read from the topics: by a window that changes on a live lane, and by a group without positions."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from assay.streaming import Outgoing, Publisher, headers, scan
from assay.testkit import Broker, running
from assay.testkit.builders import contract_text
from assay.testkit.clients import delete_group
from assay.testkit.outcome import in_force, settled

Names = Callable[[str], str]

GOOD, BAD = b'{"id": "a", "amount": 1}', b'{"id": 1}'
MINUTE_MS = 60_000
RECORDS = 300
ASSIGNED = "partitions.assigned"


def deduplicating(contract: str, version: str, window: str) -> bytes:
    text = contract_text(contract, version)
    return text.replace(b"team:", b"  - {property: assay.dedup, value: %s}\nteam:" % window.encode(), 1)


async def test_a_window_that_is_changed_holds_from_then_on_and_knows_what_came_before(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    """One event comes again and again; each version finds it in its own window or not."""
    name, begin_ms = unique("window"), int(time.time() * 1000) - 60 * MINUTE_MS
    hour, minute = (deduplicating(name, f"1.{minor}.0", window) for minor, window in enumerate(["PT1H", "PT1M"]))
    none, again = contract_text(name, "1.2.0"), deduplicating(name, "1.3.0", "PT1H")
    settings = {"broker": broker.bootstrap}
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry,
        Publisher(broker.bootstrap) as publisher,
    ):
        contract = await in_force(registry.address, broker.bootstrap, hour)
        async with running("validation", data=tmp_path, registry=registry.address, **settings) as worker:
            sent = 0

            async def comes(*minutes: float) -> None:
                nonlocal sent
                for at in minutes:
                    event = ((headers.EVENT_ID, b"event"),)
                    place, at_ms = str(contract.topics.raw_app), begin_ms + int(at * MINUTE_MS)
                    await publisher.publish([Outgoing(place, 0, b"k", GOOD, event, at_ms)])
                sent += len(minutes)
                await settled(broker.bootstrap, contract, sent)

            await comes(0, 10)
            for text, minutes in ((minute, (20, 20.5)), (none, (20.6,)), (again, (21,))):
                lanes = worker.said(ASSIGNED)
                await in_force(registry.address, broker.bootstrap, text)
                await worker.says(ASSIGNED, times=lanes + 1)
                await comes(*minutes)
        letters = [one async for found in scan(broker.bootstrap, [contract.topics.dead_letters]) for one in found]

    assert [
        ((one.timestamp_ms - begin_ms) / MINUTE_MS, one.header(headers.REASON), one.header(headers.CONTRACT))
        for one in letters
    ] == [
        (10, "duplicate", f"{name}@1.0.0"),
        (20.5, "duplicate", f"{name}@1.1.0"),
        (21, "duplicate", f"{name}@1.3.0"),
    ]


async def test_a_group_whose_positions_are_gone_goes_on_behind_what_is_settled(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry,
        Publisher(broker.bootstrap) as publisher,
    ):
        contract = await in_force(registry.address, broker.bootstrap, contract_text(unique("expired")))
        settings = {"broker": broker.bootstrap, "registry": registry.address}
        some = [
            Outgoing(str(contract.topics.raw_app), at % 3, b"k", GOOD if at % 7 else BAD, ()) for at in range(RECORDS)
        ]
        await publisher.publish(some)
        async with running("validation", data=tmp_path / "before", **settings):
            await settled(broker.bootstrap, contract, RECORDS)
        await delete_group(broker.bootstrap, "assay.validation")
        await publisher.publish(some)
        async with running("validation", data=tmp_path / "after", **settings) as worker:
            found = await settled(broker.bootstrap, contract, 2 * RECORDS)
            await worker.says("position.recovered", times=3)

    assert found.is_exact, str(found)
    assert found.raw.total() == 2 * RECORDS
