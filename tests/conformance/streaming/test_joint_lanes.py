"""A joint lane settles every record of its topics once, and builds local state again that is lost, behind or not ours."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition
from structlog.testing import capture_logs

from assay.runtime import TransientError
from assay.streaming import (
    Block,
    Forwarder,
    LogSpan,
    Outgoing,
    Partition,
    Publisher,
    TopicSpec,
    apply_topics,
    joint_lanes,
    kafka,
)
from assay.streaming.joint_logs import FamilyLogs
from assay.telemetry import metrics
from assay.testkit import eventually
from tests.conformance.streaming.joining import SMALL, Costs, Table

Names = Callable[[str], str]

PARTITIONS = 3
IDS = 300
WITHIN_S = 40.0


@pytest.fixture
async def table(bootstrap: str, unique: Names) -> Table:
    return Table(bootstrap, [unique(name) for name in ("amounts", "prices", "costs", "join")], PARTITIONS)


@asynccontextmanager
async def joining(table: Table, step: Costs, *, look_again_s: float = SMALL.stall_s) -> AsyncIterator[Forwarder]:
    lanes = joint_lanes(table.bootstrap, step, replace(SMALL, stall_s=look_again_s))
    async with Forwarder(table.bootstrap, table.name, lanes, member="one", settings=SMALL) as forwarder:
        forwarder.subscribe([table.amounts])
        yield forwarder


async def joined(table: Table, step: Costs) -> None:
    async with joining(table, step):
        await table.settled(WITHIN_S)


async def assert_exact(table: Table) -> None:
    assert await table.sums() == table.expected()
    assert await table.gaps() == []


async def test_two_topics_are_joined_once_across_a_restart(table: Table, tmp_path: Path) -> None:
    await table.lay()
    step = table.step(tmp_path)
    for _ in range(2):
        await table.write(IDS)
        await joined(table, step)
    await assert_exact(table)
    assert step.restored == 0


async def test_state_that_is_lost_is_built_again_and_adds_nothing(table: Table, tmp_path: Path) -> None:
    await table.lay()
    for folder in ("one", "two"):
        await table.write(IDS)
        await joined(table, table.step(tmp_path / folder))
    await assert_exact(table)


async def test_state_that_is_behind_is_led_up_to_what_is_committed(table: Table, tmp_path: Path) -> None:
    await table.lay()
    steps = [table.step(tmp_path / "one"), table.step(tmp_path / "two")]
    for turn in range(3):
        await table.write(IDS)
        await joined(table, steps[turn % 2])
    await assert_exact(table)
    assert 2 * IDS < steps[0].restored < 4 * IDS
    assert steps[0].forgotten == 0


async def test_state_that_claims_to_be_ahead_is_built_again(table: Table, tmp_path: Path) -> None:
    await table.lay()
    await table.write(IDS)
    step = table.step(tmp_path)
    await joined(table, step)
    with sqlite3.connect(step.file(Partition(table.amounts, 0))) as file:
        file.execute("UPDATE positions SET next = next + 1000 WHERE topic = ?", [table.prices])
    file.close()
    await table.write(IDS)
    await joined(table, step)
    await assert_exact(table)
    assert step.forgotten == 1


async def test_state_that_the_log_no_longer_leads_on_from_is_built_again(table: Table, tmp_path: Path) -> None:
    await table.lay()
    behind = table.step(tmp_path / "behind")
    await table.write(IDS, alone=True)
    await joined(table, behind)
    await table.write(IDS, alone=True)
    await joined(table, table.step(tmp_path / "ahead"))
    async with kafka.admin(table.bootstrap) as admin:
        end = await table.end(table.prices, 1)
        await admin.delete_records({TopicPartition(table.prices, 1): RecordsToDelete(before_offset=end)})
    await table.write(IDS, alone=True)
    await joined(table, behind)
    await assert_exact(table)
    assert behind.forgotten == 1


async def test_a_position_that_a_log_no_longer_has_stops_its_family_and_no_other(table: Table, tmp_path: Path) -> None:
    await table.lay()
    await table.write(IDS)
    await joined(table, table.step(tmp_path))
    await table.write(IDS)
    async with kafka.admin(table.bootstrap) as admin:
        end = await table.end(table.prices, 1)
        await admin.delete_records({TopicPartition(table.prices, 1): RecordsToDelete(before_offset=end)})
    before = (await table.at())[1]
    stopped = metrics.PARTITIONS_STOPPED.labels(f"assay.{table.name}")

    async def is_done() -> bool:
        at = await table.at()
        others = all([at[number][table.prices] == await table.end(table.prices, number) for number in (0, 2)])
        return others and stopped._value.get() == 1

    with capture_logs() as logs:

        async def is_said_again() -> bool:
            return len([line for line in logs if line["event"] == "position.lost"]) > 1

        async with joining(table, table.step(tmp_path), look_again_s=0.5):
            await eventually(is_done, WITHIN_S)
            await eventually(is_said_again, WITHIN_S)
    assert (await table.at())[1] == before
    assert await table.gaps() == []


async def test_a_topic_that_is_missing_is_waited_for(table: Table, tmp_path: Path) -> None:
    await apply_topics(table.bootstrap, [TopicSpec(topic, PARTITIONS) for topic in (table.amounts, table.out)])
    with capture_logs() as logs:

        async def is_awaited() -> bool:
            return [line["event"] for line in logs].count("topics.awaited") == PARTITIONS

        async with joining(table, table.step(tmp_path)):
            await eventually(is_awaited, WITHIN_S)
            await table.lay()
            await table.write(IDS)
            await table.settled(WITHIN_S)
    await assert_exact(table)


async def test_a_topic_that_comes_to_a_family_is_read_once_it_is_opened_again(
    table: Table, tmp_path: Path, unique: Names
) -> None:
    await table.lay()
    step, more = table.step(tmp_path), unique("more")
    await apply_topics(table.bootstrap, [TopicSpec(more, PARTITIONS)])
    async with Publisher(table.bootstrap) as publisher:
        await publisher.publish([Outgoing(more, 1, b"1", b"1")])

    async def is_read() -> bool:
        return (await table.at())[1].get(more) == 1

    async with joining(table, step) as forwarder:
        await table.write(IDS)
        await table.settled(WITHIN_S)
        step.topics.append(more)
        await forwarder.reopen([table.amounts])
        await table.write(IDS)
        await table.settled(WITHIN_S)
        await eventually(is_read, WITHIN_S)
    await assert_exact(table)


async def test_what_is_too_large_to_be_written_at_once_is_written_in_parts(table: Table, tmp_path: Path) -> None:
    await table.lay()
    await table.write(IDS)
    step = Wordy([table.amounts, table.prices], table.out, tmp_path)
    await joined(table, step)
    await assert_exact(table)
    assert step.refused > 0


async def test_records_that_cannot_be_judged_yet_are_judged_later(table: Table, tmp_path: Path) -> None:
    await table.lay()
    await table.write(IDS)
    step = Unready([table.amounts, table.prices], table.out, tmp_path)
    await joined(table, step)
    await assert_exact(table)
    assert step.unready == 0


async def test_positions_of_all_topics_are_committed_where_nothing_comes(table: Table, tmp_path: Path) -> None:
    await table.lay()

    async def are_committed() -> bool:
        async with kafka.admin(table.bootstrap) as admin:
            found = await admin.list_consumer_group_offsets(f"assay.{table.name}")
        return len(found) == 2 * PARTITIONS and all(each.offset == 0 for each in found.values())

    async with joining(table, table.step(tmp_path)):
        await eventually(are_committed, WITHIN_S)


async def test_what_waits_is_read_in_the_order_in_which_it_arrived_in_any_topic(table: Table) -> None:
    await table.lay()
    family = [Partition(table.amounts, 0), Partition(table.prices, 0)]
    began_ms = int(time() * 1000) - 4_000  # what is old, a broker deletes
    async with Publisher(table.bootstrap) as publisher:
        for place, each in enumerate(family):
            stamps = range(began_ms + place, began_ms + 4_000, len(family))
            await publisher.publish([Outgoing(*each, b"k", bytes(4_000), timestamp_ms=ms) for ms in stamps])
    found: list[int] = []
    async with FamilyLogs(table.bootstrap, family) as logs:
        logs.begin_at(dict.fromkeys(family, 0))
        while len(found) < 4_000:
            found += sorted([ms for block in await logs.take(100, 1.0) for ms in block.timestamps_ms])
    assert found == [*range(began_ms, began_ms + 4_000)]


class Wordy(Costs):
    """Writes more than the broker takes where much came at once."""

    refused = 0

    def closing(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:
        (pane,) = super().closing(lead, spans)
        if len(self._new[lead]) <= 10:
            return [pane]
        self.refused += 1
        return [pane, pane._replace(value=b" " * 2_000_000)]


class Unready(Costs):
    """Can't judge at first."""

    unready = 3

    async def judge(self, lead: Partition, records: Block) -> None:
        await super().judge(lead, records)
        if self.unready:
            self.unready -= 1
            raise TransientError("not yet")
