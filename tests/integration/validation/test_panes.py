"""Panes count every record once, and an event that came twice stands once, whatever happens to the workers."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher, headers, scan
from assay.streaming.topics import PANES
from assay.testkit import Broker, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import Outcome, in_force, outcome

EVENTS = 3_000
PER_CALL = 500
POINTS = ["forwarder.after_judge", "forwarder.before_commit", "forwarder.after_commit"]


def deduplicating(contract_id: str) -> bytes:
    text = contract_text(contract_id)
    return text.replace(b"team:", b"  - {property: assay.dedup, value: PT1H}\nteam:", 1)


def event(topic: str, number: int) -> Outgoing:
    value = json.dumps({"id": str(number), "amount": "ten" if number % 10 == 0 else number}).encode()
    return Outgoing(topic, None, b"key-%d" % (number % 97), value, ((headers.EVENT_ID, b"event-%d" % number),))


@contextlib.asynccontextmanager
async def contract_in_force(broker: Broker, contract_id: str, data: Path) -> AsyncIterator[tuple[Contract, str]]:
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, deduplicating(contract_id))
        yield contract, registry.address


async def send_twice(broker: Broker, contract: Contract) -> None:
    """Write every event twice, as a client does whose answer got lost."""
    assert contract.topics.raw_app is not None
    async with Publisher(broker.bootstrap) as publisher:
        for start in range(0, EVENTS, PER_CALL):
            call = [event(contract.topics.raw_app, number) for number in range(start, start + PER_CALL)]
            await publisher.publish(call)
            await publisher.publish(call)


async def settled(broker: Broker, contract: Contract) -> Outcome:
    async def ask() -> Outcome | None:
        found = await outcome(broker.bootstrap, contract)
        return found if found.settled >= 2 * EVENTS else None

    found = await eventually(ask, within_s=90)
    assert found is not None
    return found


async def panes_of(broker: Broker, contract: Contract) -> list[Pane]:
    found = [Pane.FromString(one.value or b"") async for records in scan(broker.bootstrap, [PANES]) for one in records]
    return [pane for pane in found if pane.contract == contract.id]


def counted(panes: list[Pane]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for pane in panes:
        for counts in pane.slices:
            for minute in counts.minutes:
                sums["valid"] += minute.valid
                sums.update({refused.reason: refused.count for refused in minute.refused})
    return sums


@pytest.mark.parametrize("point", POINTS)
async def test_panes_and_repeats_are_exact_across_a_worker_that_dies(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, point: str
) -> None:
    async with contract_in_force(durable_broker, unique("twice"), tmp_path) as (contract, registry):
        settings = {"broker": durable_broker.bootstrap, "registry": registry, "chunk_records": "100", "session_s": "6"}
        await send_twice(durable_broker, contract)
        async with running("validation", data=tmp_path / "dying", failpoints=f"{point}:9", **settings) as worker:
            assert await worker.ended() == 137
        async with running("validation", data=tmp_path / "successor", **settings):
            found = await settled(durable_broker, contract)
    assert found.is_exact, str(found)
    assert found.validated.total() == EVENTS * 9 // 10
    assert found.reasons == {"schema": EVENTS // 10, "duplicate": EVENTS}
    panes = await panes_of(durable_broker, contract)
    assert counted(panes) == {"valid": EVENTS * 9 // 10, "schema": EVENTS // 10, "duplicate": EVENTS}
    assert_gapless([pane for pane in panes if pane.slices])


def assert_gapless(panes: list[Pane]) -> None:
    """Hold the ranges of each partition's panes to one another: each begins where the one before ended."""
    ends: dict[tuple[str, int], int] = {}
    for pane in panes:
        place = (pane.topic, pane.partition)
        assert pane.first_offset == ends.get(place, 0)
        ends[place] = pane.next_offset
