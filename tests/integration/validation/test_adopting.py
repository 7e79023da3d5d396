"""A stream that runs already gets its contract: its topic stays, and enforcement begins when it is switched on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from assay.streaming import Outgoing, Publisher, headers, kafka, scan
from assay.testkit import Broker, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.clients import create_topic
from assay.testkit.outcome import Outcome, in_force, outcome, settled

Names = Callable[[str], str]

GOOD, BAD = b'{"id": "a", "amount": 1}', b'{"id": 1}'
FEW = 600
KAFKA_TAKES = 983_040  # with our room for key and headers, what a topic takes by default


def observing(text: bytes) -> bytes:
    return text.replace(b"team:", b"  - {property: assay.enforcement, value: observe}\nteam:", 1)


def some(topic: str) -> list[Outgoing]:
    """Records of two partitions; those with an odd offset are to be refused."""
    return [Outgoing(topic, at % 2, b"k", BAD if at // 2 % 2 else GOOD, ()) for at in range(FEW)]


async def judged(broker: Broker, topic: str) -> dict[int, dict[int, str]]:
    """By partition and raw offset: the version that judged a record of this topic."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    async for records in scan(broker.bootstrap, [topic]):
        for record in records:
            source = headers.Source.parse(record.header(headers.SOURCE) or "")
            found[source.partition][source.offset] = (record.header(headers.CONTRACT) or "").rpartition("@")[2]
    return found


async def test_a_live_topic_keeps_its_name_and_enforcement_diverts_from_its_switch_on_and_nothing_before(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    topic, sent = await create_topic(broker.bootstrap, unique("shop-events"), partitions=2), 0
    text = contract_text(unique("shop"), raw=topic, partitions=2, maxRecordBytes=KAFKA_TAKES)
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry,
        Publisher(broker.bootstrap) as publisher,
    ):

        async def stream() -> Outcome:
            nonlocal sent
            await publisher.publish(some(topic))
            sent += FEW
            return await outcome(broker.bootstrap, contract)

        async def is_validated() -> bool:
            return (await stream()).validated.total() > FEW

        async def is_diverted() -> bool:
            return (await stream()).dead_letters.total() > FEW

        contract = await in_force(registry.address, broker.bootstrap, observing(text))
        await stream()
        async with running("validation", data=tmp_path, broker=broker.bootstrap, registry=registry.address):
            await eventually(is_validated, within_s=60)
            await in_force(registry.address, broker.bootstrap, text.replace(b"1.0.0", b"1.1.0", 1))
            await eventually(is_diverted, within_s=60)
            found = await settled(broker.bootstrap, contract, sent)
        passed = await judged(broker, contract.topics.validated)
        refused = await judged(broker, contract.topics.dead_letters)

    assert found.is_exact, str(found)
    assert {source.partition("/")[0] for source in found.raw} == {topic}
    assert {(version, offset % 2) for letters in refused.values() for offset, version in letters.items()} == {
        ("1.1.0", 1)
    }
    for partition, letters in refused.items():
        let_through = {offset: version for offset, version in passed[partition].items() if offset % 2}
        assert {*let_through.values()} == {"1.0.0"}
        assert max(let_through) < min(letters)
    async with kafka.admin(broker.bootstrap) as admin:
        assert f"{contract.id}.raw.app" not in await admin.list_topics()
