"""A joint step that says at once whether it was exact: what orders cost, joined from two topics, with its state in SQLite."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.streaming import (
    Block,
    JointSettings,
    JointStep,
    LogReader,
    LogSpan,
    Outgoing,
    Partition,
    Publisher,
    Record,
    TopicSpec,
    apply_topics,
    scan,
)
from assay.testkit import eventually
from assay.testkit.clients import producing

__all__ = ["SMALL", "Costs", "Table"]

SMALL = JointSettings(
    chunk_records=50, commit_interval_s=0.05, wait_s=0.1, transaction_s=4, session_s=6, watch_s=0.2,
    heartbeat_s=0.5,
)  # fmt: skip
BUCKETS = 7
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (topic TEXT, id TEXT, value INTEGER, PRIMARY KEY (topic, id));
CREATE TABLE IF NOT EXISTS positions (topic TEXT PRIMARY KEY, next INTEGER);
"""


class Costs(JointStep):
    """Amounts times prices by id, each id once however often it comes; writes what that adds to each bucket.

    The file of a partition holds all facts that are settled, so an id whose two facts are there was counted.
    """

    def __init__(self, topics: Sequence[str], out: str, folder: Path) -> None:
        self.topics = list(topics)
        self._out = out
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[Partition, sqlite3.Connection] = {}
        self._new: dict[Partition, dict[tuple[str, str], int]] = {}
        self.restored = 0
        self.forgotten = 0

    def file(self, lead: Partition) -> Path:
        return self._folder / f"{lead.topic}.{lead.partition}.db"

    def family(self, lead: Partition) -> Sequence[Partition]:
        return [Partition(topic, lead.partition) for topic in self.topics]

    async def assigned(
        self, lead: Partition, committed: Mapping[Partition, int | None]
    ) -> Mapping[Partition, int | None]:
        self._files[lead] = sqlite3.connect(self.file(lead), check_same_thread=False)
        self._files[lead].executescript(SCHEMA)
        self._new[lead] = {}
        found = dict(self._files[lead].execute("SELECT topic, next FROM positions"))
        return {each: found.get(each.topic) for each in committed}

    async def forget(self, lead: Partition) -> None:
        self.forgotten += 1
        with self._files[lead] as transaction:
            transaction.execute("DELETE FROM facts")
            transaction.execute("DELETE FROM positions")

    async def restore(self, lead: Partition, records: Block) -> None:
        self.restored += len(records)
        self._take(lead, records)

    async def judge(self, lead: Partition, records: Block) -> None:
        self._take(lead, records)

    def closing(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:
        added: Counter[int] = Counter()
        for one in {name for _, name in self._new[lead]}:
            before, after = self._facts(lead, one, ()), self._facts(lead, one, self.topics)
            if None in before and None not in after:
                added[int(one) % BUCKETS] += (after[0] or 0) * (after[1] or 0)
        return [self._pane(lead, added, spans)]

    async def committed(self, lead: Partition, positions: Mapping[Partition, int]) -> None:
        await asyncio.to_thread(self._write, lead, positions)

    def heartbeat(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:
        return [self._pane(lead, Counter(), spans)]

    def released(self, lead: Partition) -> None:
        if file := self._files.pop(lead, None):
            file.close()

    def _take(self, lead: Partition, records: Sequence[Record]) -> None:
        for record in records:
            self._new[lead].setdefault((record.topic, (record.key or b"").decode()), int(record.value or b"0"))

    def _facts(self, lead: Partition, name: str, new_of: Sequence[str]) -> list[int | None]:
        """Return the two facts of an id as the file has them; those that came since too, where that is asked for."""
        known = dict(self._files[lead].execute("SELECT topic, value FROM facts WHERE id = ?", [name]))
        new = {topic: self._new[lead][topic, name] for topic in new_of if (topic, name) in self._new[lead]}
        return [(new | known).get(topic) for topic in self.topics[:2]]

    def _pane(self, lead: Partition, added: Mapping[int, int], spans: Mapping[Partition, LogSpan]) -> Outgoing:
        pane = {"added": added, "spans": {each.topic: span for each, span in spans.items()}}
        return Outgoing(self._out, lead.partition, str(lead).encode(), json.dumps(pane).encode())

    def _write(self, lead: Partition, positions: Mapping[Partition, int]) -> None:
        with self._files[lead] as transaction:
            rows = [(topic, name, value) for (topic, name), value in self._new[lead].items()]
            transaction.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?)", rows)
            places = [(each.topic, position) for each, position in positions.items()]
            transaction.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", places)
        self._new[lead] = {}


class Table:
    """Two topics of facts and one of panes, what was written, and what the panes come to."""

    def __init__(self, bootstrap: str, names: Sequence[str], partitions: int) -> None:
        self.bootstrap = bootstrap
        self.amounts, self.prices, self.out, self.name = names
        self.partitions = partitions
        self._priced = self._paid = 0

    async def lay(self) -> None:
        """Make the topics."""
        specs = [TopicSpec(topic, self.partitions) for topic in (self.amounts, self.prices, self.out)]
        await apply_topics(self.bootstrap, specs)

    def step(self, folder: Path) -> Costs:
        return Costs([self.amounts, self.prices], self.out, folder)

    async def write(self, count: int, *, alone: bool = False) -> None:
        """Write more facts: in any order, some again that came at any time, with records between them that were taken back.

        Half of the amounts come with the facts after them, unless these facts are to be alone with themselves.
        """
        self._priced += count
        await self._write(self.prices, range(self._priced - count, self._priced), [] if alone else range(self._priced))
        before, self._paid = self._paid, self._priced if alone else self._priced - count // 2
        await self._write(self.amounts, range(before, self._paid), [] if alone else range(self._paid))
        await self.abort(self.amounts)

    async def _write(self, topic: str, numbers: Sequence[int], again: Sequence[int]) -> None:
        chance = random.Random(self._priced)
        facts = [self._fact(topic, number) for number in (*numbers, *chance.sample(again, len(again) // 10))]
        chance.shuffle(facts)
        half = len(facts) // 2
        async with Publisher(self.bootstrap) as publisher:
            await publisher.publish(facts[:half])
            await self.abort(topic)
            await publisher.publish(facts[half:])

    async def abort(self, topic: str) -> None:
        """Write a record to each partition of a topic in a transaction that is aborted."""
        async with producing(self.bootstrap, f"{self.name}-aborting") as producer:
            await producer.begin_transaction()
            sent = [await producer.send(topic, b"1", b"0", partition=number) for number in range(self.partitions)]
            await asyncio.wait(sent)
            await producer.abort_transaction()

    def expected(self) -> dict[int, int]:
        """What an undisturbed run comes to."""
        sums: Counter[int] = Counter()
        for number in range(self._paid):
            sums[number % BUCKETS] += _amount(number) * _price(number)
        return dict(sums)

    async def settled(self, within_s: float = 60.0) -> None:
        """Wait until every log was read to its end as it is now, however that came out."""
        async with LogReader(self.bootstrap) as reader:
            ends = {topic: await reader.ends(topic) for topic in (self.amounts, self.prices)}

        async def is_settled() -> bool:
            at = await self.at()
            return all(
                at.get(number, {}).get(topic, -1) >= end for topic, by in ends.items() for number, end in by.items()
            )

        await eventually(is_settled, within_s)

    async def at(self) -> dict[int, dict[str, int]]:
        """Return by partition number how far each log was read, as its last pane says."""
        return {
            int(lead.rpartition(b"/")[2]): {topic: span[1] for topic, span in panes[-1]["spans"].items()}
            for lead, panes in (await self.panes()).items()
        }

    async def end(self, topic: str, number: int) -> int:
        """Return where a log ends."""
        async with LogReader(self.bootstrap) as reader:
            return (await reader.ends(topic))[number]

    async def sums(self) -> dict[int, int]:
        """Return what the panes add up to."""
        sums: Counter[int] = Counter()
        for pane in [pane for found in (await self.panes()).values() for pane in found]:
            sums.update({int(bucket): cost for bucket, cost in pane["added"].items()})
        return dict(sums)

    async def gaps(self) -> list[str]:
        """Return where a pane does not begin where the one before it ended."""
        gaps = []
        for lead, panes in (await self.panes()).items():
            at: dict[str, int] = {}
            for pane in panes:
                starts = {topic: first for topic, (first, _, _) in pane["spans"].items()}
                if not at.items() <= starts.items():
                    gaps.append(f"{lead!r}: {at} and {starts}")
                at = {topic: after for topic, (_, after, _) in pane["spans"].items()}
        return gaps

    async def panes(self) -> dict[bytes, list[dict[str, dict[str, list[int]]]]]:
        found = defaultdict(list)
        async for records in scan(self.bootstrap, [self.out]):
            for record in records:
                found[record.key or b""].append(json.loads(record.value or b""))
        return found

    def _fact(self, topic: str, number: int) -> Outgoing:
        value = _amount(number) if topic == self.amounts else _price(number)
        return Outgoing(topic, None, str(number).encode(), str(value).encode())


def _amount(number: int) -> int:
    return number % 89 + 1


def _price(number: int) -> int:
    return number % 101 + 1
