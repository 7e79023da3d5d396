"""Dead letters to recover: orders whose quantity is text, which a flow mends, and some that no flow is for."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, cycle, islice

import orjson
from aiokafka.structs import TopicPartition

from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher, headers, scan
from assay.testkit import Broker, Service
from assay.testkit.clients import consuming
from assay.testkit.outcome import in_force
from tests.performance.shapes import Shape

__all__ = ["HOPELESS_EVERY", "PARTITIONS", "Account", "Letters", "account", "hopeless"]

PARTITIONS = 2
HOPELESS_EVERY = 100
"""One record in so many is refused for something that no flow mends."""
AT_ONCE = 2_000
JUDGED_S = 1_200.0
POLL_S = 0.2
FLOW = {
    "id": "quantity_as_text",
    "when": {"reason": "schema", "path": "/quantity", "rule": "type"},
    "steps": [{"cast": {"quantity": "integer"}}],
}


def hopeless(letters: int) -> int:
    """Return how many of so many dead letters no flow is for."""
    return letters // HOPELESS_EVERY


@dataclass(frozen=True, slots=True)
class Letters:
    """One contract whose every record is a dead letter."""

    name: str
    broker: Broker
    registry: Service
    count: int

    @property
    def contract_id(self) -> str:
        """The id of its contract."""
        return Shape(self.name).contract_id

    def text(self, *, mends: bool) -> bytes:
        """Return the contract file: before the flow, or with it."""
        document = json.loads(Shape(self.name, depth=3).contract(PARTITIONS))
        if mends:
            document["version"] = "1.1.0"
            document["customProperties"].append({"property": "assay.recovery", "value": {"flows": [FLOW]}})
        return json.dumps(document).encode()

    async def put_in_force(self, *, mends: bool) -> Contract:
        """Publish it."""
        return await in_force(self.registry.address, self.broker.bootstrap, self.text(mends=mends))

    async def fill(self, contract: Contract) -> None:
        """Write the records, as the door writes them."""
        assert contract.topics.raw_app is not None
        source = islice(self._outgoing(contract.topics.raw_app), self.count)
        async with Publisher(self.broker.bootstrap) as publisher:
            while batch := list(islice(source, AT_ONCE)):
                await publisher.publish(batch)

    async def are_dead(self, contract: Contract, group: str = "assay.validation") -> None:
        """Return once validation has committed the end of what was written."""
        assert contract.topics.raw_app is not None
        partitions = [TopicPartition(contract.topics.raw_app, number) for number in range(PARTITIONS)]
        async with asyncio.timeout(JUDGED_S), consuming(self.broker.bootstrap, group=group) as looker:
            ends = await looker.end_offsets(partitions)
            for each, end in ends.items():
                while (await looker.committed(each) or 0) < end:  # noqa: ASYNC110 -- another process tells of no event
                    await asyncio.sleep(POLL_S)

    def _outgoing(self, topic: str) -> Iterator[Outgoing]:
        values = [orjson.loads(value) for value in replace(Shape(self.name, depth=3), invalid=0.0).values()]
        mended = [orjson.dumps(value | {"quantity": str(value["quantity"])}) for value in values]
        lost = [orjson.dumps(value | {"state": "lost"}) for value in values]
        for number, dead, gone in zip(count(), cycle(mended), cycle(lost), strict=False):
            value = gone if number % HOPELESS_EVERY == HOPELESS_EVERY - 1 else dead
            marks = (
                (headers.EVENT_ID, str(uuid.UUID(int=number + (7 << 76))).encode()),
                (headers.TRACEPARENT, f"00-{number + 1:032x}-{number + 1:016x}-00".encode()),
            )
            yield Outgoing(topic, number % PARTITIONS, f"customer-{number % 997}".encode(), value, marks)


@dataclass(slots=True)
class Account:
    """What became of the dead letters, by the topics."""

    dead: int = 0
    repaired: int = 0
    replayed: int = 0
    lost: int = 0
    doubled: int = 0


async def account(broker: str, contract: Contract) -> Account:
    """Read what became of every dead letter: by the places themselves, never by offset arithmetic.

    Lost is one that a flow is for and whose replay was not validated, and what is settled without a replay or replayed
    without a settlement; doubled is whatever was settled, replayed or validated once more.
    """
    topics, found = contract.topics, Account()
    replays, settled, validated = Counter[str](), Counter[str](), Counter[str]()
    letter_of = dict[str, str]()
    async for records in scan(broker, [topics.raw_replay]):
        for record in records:
            letter_of[str(headers.source_of(record))] = record.header(headers.DEAD_LETTER) or ""
            found.repaired += record.header(headers.FLOW) == FLOW["id"]
    replays.update(letter_of.values())
    async for records in scan(broker, [topics.settled]):
        settled.update((record.key or b"").decode() for record in records)
    async for records in scan(broker, [topics.validated]):
        validated.update(letter_of[record.header(headers.SOURCE) or ""] for record in records)
    async for records in scan(broker, [topics.dead_letters]):
        found.dead += len(records)
    found.replayed = replays.total()
    found.lost = found.dead - hopeless(found.dead) - len(validated) + len(settled.keys() ^ replays.keys())
    found.doubled = sum(times - 1 for counts in (replays, settled, validated) for times in counts.values())
    return found
