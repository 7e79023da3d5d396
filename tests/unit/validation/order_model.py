"""A whole house in memory: the real desks of validation on raw and replays, a ward, and the logs between them.

Every step is one transaction. A reading of the logs may be interrupted by steps of others, between two topics.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from random import Random

from assay.api.recovery.v1.recovery_pb2 import OUTCOME_DISCARDED, OUTCOME_REPLAYED, Settlement
from assay.contracts import Contract, Judged, Reason, Verdict, Violation, load
from assay.contracts.judge import PLAIN, Judge
from assay.recovery.held import Held, Place
from assay.streaming import Block, Onward, Outgoing, Partition, Record, headers
from assay.streaming.keys import Key, KeyFile
from assay.testkit.builders import contract_text
from assay.validation.desk import Desk
from assay.validation.judges import Seat
from assay.validation.judging import Verdicts
from assay.validation.news import Bulletin
from assay.validation.ordering import Ordering

__all__ = ["House"]

KEYS = KeyFile("one", {"one": Key("one", b"k" * 32)})
FAILS = Judged(Verdict(Reason.SCHEMA, (Violation("/bad", "type", "0", "more"),)), None, 0)
MOST = 4


def ordered(timeout: str, max_held: int) -> Contract:
    said = f"  - {{property: assay.ordered, value: {{timeout: {timeout}, maxHeld: {max_held}}}}}\nteam:"
    return load(contract_text("c").replace(b"team:", said.encode(), 1))


class Clock:
    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    @property
    def now_ms(self) -> int:
        return 1_700_000_000_000 + int(self.now_s * 1000)


@dataclass
class Logs:
    """Records of partition 0 by topic; offsets have holes, as transaction markers make them."""

    random: Random
    topics: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    def append(self, outgoing: Outgoing, now_ms: int) -> Record:
        log = self.topics[outgoing.topic]
        offset = log[-1].offset + self.random.choice([1, 1, 2]) if log else 0
        at_ms = now_ms if outgoing.timestamp_ms is None else outgoing.timestamp_ms
        record = Record(outgoing.topic, 0, offset, at_ms, outgoing.key, outgoing.value, outgoing.headers)
        log.append(record)
        return record

    def after(self, topic: str, offset: int, most: int | None = None) -> list[Record]:
        return [record for record in self.topics[topic] if record.offset >= offset][:most]


class Following:
    """Reads the three topics in the order that `assay.streaming.following.Following` does."""

    def __init__(self, house: House) -> None:
        self._house = house
        topics = house.contract.topics
        self._next = dict.fromkeys((topics.settled, topics.raw_replay, topics.dead_letters), 0)
        self.committed = 0

    async def on(self) -> AsyncGenerator[list[Record]]:
        self.committed = self._house.lanes[self._house.contract.topics.raw_replay].position
        for topic, offset in self._next.items():
            await self._house.interrupted()
            records = self._house.logs.after(topic, offset)
            if records:
                yield records
                self._next[topic] = records[-1].offset + 1


class Lane:
    """Validation of one raw topic: takes a few records, settles them, commits."""

    def __init__(self, house: House, topic: str) -> None:
        self._house, self._topic = house, topic
        self.position = 0
        self._desk: Desk | None = None
        self._ordering: Ordering | None = None

    def crash(self) -> None:
        self._desk = None

    async def step(self) -> None:
        house = self._house
        seat = house.seat
        if self._desk is None:
            bulletin = Bulletin(house.contract, Following(house))
            partition = Partition(self._topic, 0)
            ordering = Ordering(house.contract, partition, KEYS, bulletin, house.clock.monotonic, house.pause)
            await ordering.seed()
            self._desk = Desk(partition, KEYS, None, ordering)
        records = house.logs.after(self._topic, self.position, house.random.randint(1, MOST))
        if not records:
            return
        arrived_ms = [headers.arrived_of(record) for record in records]
        judged = [FAILS if json.loads(record.value or b"0") else PLAIN for record in records]
        found = Verdicts(Block.of(records), arrived_ms, [seat] * len(records), judged, seat)
        await self._desk.look(found)
        written = self._desk.settle(found, seat)
        if house.random.random() < house.crashes:
            self.crash()
            return
        for one in written:
            for each in one.outgoing() if isinstance(one, Onward) else [one]:
                house.logs.append(each, house.clock.now_ms)
        self.position = records[-1].offset + 1


class Ward:
    """What recovery does with the dead letters of the partition, by the rules of `Held`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.position = 0
        self._held: Held | None = None
        self.settled: set[int] = set()

    def crash(self) -> None:
        self._held = None

    @property
    def open(self) -> list[Record]:
        topics = self._house.contract.topics
        return [each for each in self._house.logs.after(topics.dead_letters, 0) if each.offset not in self.settled]

    def step(self) -> None:
        """Look at what came; what is held goes back where it may, half of what failed is repaired at once."""
        held, house = self._here(), self._house
        for record in house.logs.after(
            house.contract.topics.dead_letters, self.position, house.random.randint(1, MOST)
        ):
            place, now_ms = self._place(record), house.clock.now_ms
            held.opens(place, now_ms)
            if record.header(headers.REASON) == Reason.HELD or house.random.random() < house.repairs:
                self._go(record, place)
            self.position = record.offset + 1

    def release(self) -> None:
        held = self._here()
        due = {*held.due(self._house.clock.now_ms)}
        for record in self.open:
            if record.offset in due:
                self._go(record, self._place(record))

    def mend(self) -> None:
        """Repair or discard one of those that failed."""
        failed = [record for record in self.open if record.header(headers.REASON) != Reason.HELD]
        failed = [record for record in failed if record.offset < self.position]
        if not failed:
            return
        record = self._house.random.choice(failed)
        if self._house.random.random() < self._house.discards:
            self._settle(record, OUTCOME_DISCARDED)
        else:
            self._go(record, self._place(record))

    def _go(self, record: Record, place: Place) -> None:
        held, house = self._here(), self._house
        if held.is_behind(place, house.clock.now_ms):
            held.waits(place)
            return
        is_held = record.header(headers.REASON) == Reason.HELD
        value = record.value if is_held else str(json.loads(record.value or b"0") - 1).encode()
        ours = {
            headers.ARRIVED: str(headers.arrived_of(record)),
            headers.DEAD_LETTER: str(headers.source_of(record)),
            headers.RAW_OFFSET: str(place.raw),
        }
        marks = tuple((name, text.encode()) for name, text in ours.items())
        now_ms, topics = house.clock.now_ms, house.contract.topics
        house.logs.append(Outgoing(topics.raw_replay, 0, record.key, value, marks, now_ms), now_ms)
        self._settle(record, OUTCOME_REPLAYED)

    def _settle(self, record: Record, outcome: Settlement.ValueType) -> None:  # type: ignore[name-defined]  # protobuf's enum
        settlement = Settlement(outcome=outcome).SerializeToString()
        key = str(headers.source_of(record)).encode()
        self._house.logs.append(
            Outgoing(self._house.contract.topics.settled, 0, key, settlement), self._house.clock.now_ms
        )
        self.settled.add(record.offset)
        self._here().settles(record.offset)

    def _here(self) -> Held:
        if self._held is None:
            self._held = Held(10_000)
            for record in self.open:
                if record.offset < self.position:
                    place = self._place(record)
                    self._held.opens(place, self._house.clock.now_ms)
                    if record.header(headers.REASON) == Reason.HELD:
                        self._held.waits(place)
        return self._held

    def _place(self, record: Record) -> Place:
        source = headers.Source.parse(record.header(headers.SOURCE) or "")
        raw = int(record.header(headers.RAW_OFFSET) or source.offset)
        arrived_ms = headers.arrived_of(record)
        until_ms = int(record.header(headers.HELD_UNTIL) or arrived_ms + self._house.timeout_ms)
        return Place(record.offset, record.header(headers.KEY_HASH) or "", raw, until_ms)


class House:
    """Steps that `random` chooses; `raw` are key, and how often a record fails before it passes."""

    def __init__(self, random: Random, timeout: str, max_held: int, crashes: float, repairs: float) -> None:
        self.random, self.crashes, self.repairs = random, crashes, repairs
        self.contract = ordered(timeout, max_held)
        assert self.contract.ordered is not None
        self.timeout_ms = self.contract.ordered.timeout_s * 1000
        self.discards = 1 / 3
        self.seat = Seat(self.contract, Judge(self.contract))
        self.clock, self.logs = Clock(), Logs(random)
        topics = self.contract.topics
        self.lanes = {topic: Lane(self, topic) for topic in (str(topics.raw_app), topics.raw_replay)}
        self.ward = Ward(self)
        self._at_work: set[str] = set()

    async def pause(self, seconds: float) -> None:
        """Let time pass, and others go on: a lane that waits is not asked again."""
        self.clock.now_s += seconds
        await self.step()

    def send(self, key: bytes | None, fails: int) -> None:
        topic = str(self.contract.topics.raw_app)
        self.logs.append(Outgoing(topic, 0, key, str(fails).encode()), self.clock.now_ms)

    async def interrupted(self) -> None:
        """Let others take steps in the middle of a reading."""
        while self.random.random() < 1 / 3:
            await self.step()

    async def step(self, seconds: float = 0.3) -> None:
        self.clock.now_s += self.random.random() * 2 * seconds
        chosen = self.random.choice([*self.lanes, *self.lanes, "ward", "ward", "release", "mend", "crash"])
        if chosen in self.lanes:
            if chosen not in self._at_work:
                self._at_work.add(chosen)
                try:
                    await self.lanes[chosen].step()
                finally:
                    self._at_work.discard(chosen)
        elif chosen == "ward":
            self.ward.step()
        elif chosen == "release":
            self.ward.release()
        elif chosen == "mend":
            self.ward.mend()
        elif self.random.random() < self.crashes:
            self.ward.crash()
            for topic, lane in self.lanes.items():
                if topic not in self._at_work:
                    lane.crash()

    @property
    def is_at_rest(self) -> bool:
        """Whether every record was judged, and nothing is open."""
        return not self.ward.open and all(
            not self.logs.after(topic, lane.position) for topic, lane in self.lanes.items()
        )

    def validated(self) -> dict[bytes | None, list[int]]:
        """The places of each key's records, in the order of the validated topic."""
        found: dict[bytes | None, list[int]] = defaultdict(list)
        for record in self.logs.topics[self.contract.topics.validated]:
            source = headers.Source.parse(record.header(headers.SOURCE) or "")
            found[record.key].append(int(record.header(headers.RAW_OFFSET) or source.offset))
        return found
