"""What is settled is found again in validated and dead letters, from their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from assay.contracts import Contract, load
from assay.streaming import Outgoing, Partition, Publisher, apply_topics, headers, specs_of
from assay.testkit import Broker
from assay.testkit.builders import contract_text
from assay.validation.settled import next_raw_offset, seeded

HOUR_MS = 3_600_000
NOW_MS = int(time.time() * 1000)
"""What is older than the retention of a topic, a broker may delete while it is read."""


@dataclass(frozen=True)
class Settled:
    """Writes what validation would have written."""

    broker: str
    contract: Contract
    here: Partition

    async def write(self, topic: str, offsets: Sequence[int], *, of: str = "", arrived_ms: int = NOW_MS) -> None:
        source, place = of or self.here.topic, self.here.partition
        records = [
            Outgoing(
                topic,
                place,
                b"k",
                b"v",
                (
                    (headers.SOURCE, f"{source}/{place}/{offset}".encode()),
                    (headers.EVENT_ID, b"event-%d" % offset),
                ),
                arrived_ms,
            )
            for offset in offsets
        ]
        async with Publisher(self.broker) as publisher:
            await publisher.publish(records)


@pytest.fixture
async def settled(broker: Broker, unique: Callable[[str], str]) -> Settled:
    text = contract_text(unique("settled")).replace(b"team:", b"  - {property: assay.dedup, value: PT1H}\nteam:", 1)
    contract = load(text)
    await apply_topics(broker.bootstrap, specs_of(contract))
    return Settled(broker.bootstrap, contract, Partition(str(contract.topics.raw_app), 1))


async def test_it_goes_on_after_the_highest_raw_offset_in_either_topic(settled: Settled) -> None:
    topics = settled.contract.topics
    await settled.write(topics.validated, [0, 1, 3])
    await settled.write(topics.dead_letters, [2, 4])
    await settled.write(topics.validated, range(9_000), of=topics.raw_replay)
    assert await next_raw_offset(settled.broker, settled.contract, settled.here, NOW_MS) == 5


async def test_what_was_settled_before_the_log_begins_is_not_looked_for(settled: Settled) -> None:
    await settled.write(settled.contract.topics.validated, [3])
    assert await next_raw_offset(settled.broker, settled.contract, settled.here, NOW_MS + 1) is None


async def test_nothing_settled_is_no_position(settled: Settled) -> None:
    await settled.write(settled.contract.topics.validated, [7], of=settled.contract.topics.raw_replay)
    assert await next_raw_offset(settled.broker, settled.contract, settled.here, NOW_MS) is None


async def test_a_window_holds_the_ids_that_may_still_come_again(settled: Settled) -> None:
    topics = settled.contract.topics
    await settled.write(topics.validated, [0], arrived_ms=NOW_MS - 3 * HOUR_MS)
    await settled.write(topics.validated, [1])
    await settled.write(topics.dead_letters, [2])
    await settled.write(topics.validated, [3], of=topics.raw_replay)
    window = await seeded(settled.broker, settled.contract, settled.here, NOW_MS + 1)
    repeats = [window.repeats(b"event-%d" % number, NOW_MS + 1) for number in range(4)]
    assert repeats == [False, True, True, False]
