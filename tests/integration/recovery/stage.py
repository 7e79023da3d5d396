"""A contract in force with dead letters of known make, runs that are asked for, and what became of each dead letter."""

from __future__ import annotations

import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aiokafka.structs import TopicPartition

from assay.api.recovery.v1 import run_pb2 as pb
from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.contracts import Contract
from assay.recovery.settlement import Outcome, Settlement
from assay.streaming import Outgoing, Publisher, Record, headers, kafka, scan
from assay.streaming.topics import AUDIT
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force

__all__ = ["ACTOR", "Became", "Stage", "dead", "flows", "stage"]

ACTOR, WHY = "ana", "the producer was mended"
PARTITIONS = 3
MEND = "{cast: {amount: integer}}"


def flows(*, run: str = "automatic", attempts: int = 3, step: str = MEND) -> bytes:
    """A recovery of one flow, for amounts that are text."""
    return f"""
  - property: assay.recovery
    value:
      maxAttempts: {attempts}
      flows:
        - id: amount_as_text
          run: {run}
          when: {{reason: schema, path: /amount, rule: type}}
          steps: [{step}]
team:""".encode()


def dead(contract: Contract, number: int, amount: object, **marks: str) -> Outgoing:
    """A dead letter as validation writes it, of the raw record with this number."""
    packed = Violations(violations=[Violation(path="/amount", rule="type", expected="integer", found="string")])
    partition = number % PARTITIONS
    said = {
        headers.CONTRACT: f"{contract.id}@{contract.version}",
        headers.SOURCE: f"{contract.topics.raw_app}/{partition}/{number}",
        headers.REASON: "schema",
    } | {f"assay-{name.replace('_', '-')}": text for name, text in marks.items()}
    pairs = tuple((name, text.encode()) for name, text in said.items())
    value = json.dumps({"id": str(number), "amount": amount}).encode()
    key = f"k{number}".encode()
    return Outgoing(
        contract.topics.dead_letters, partition, key, value, (*pairs, (headers.VIOLATIONS, packed.SerializeToString()))
    )


class Follower:
    """Reads topics on and on with one client: to ask again and again costs little."""

    def __init__(self, broker: str, topics: Collection[str]) -> None:
        self._broker = broker
        self._topics = topics
        self.records: list[Record] = []

    async def __aenter__(self) -> Self:
        async with kafka.admin(self._broker) as admin:
            found = await admin.describe_topics([*self._topics])
        self._partitions = [
            TopicPartition(one["topic"], each["partition"]) for one in found for each in one["partitions"]
        ]
        self._reader = kafka.consumer(self._broker)
        await kafka.started(self._reader, self._broker)
        self._reader.assign(self._partitions)
        for partition in self._partitions:
            self._reader.seek(partition, 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        await kafka.stopped(self._reader)

    async def catch_up(self) -> list[Record]:
        """Return every committed record up to now, of each topic in order by partition."""
        ends = await self._reader.end_offsets(self._partitions)
        while left := [each for each, end in ends.items() if await self._reader.position(each) < end]:
            for found in (await self._reader.getmany(*left, timeout_ms=200)).values():
                self.records += found
        return self.records


@dataclass(slots=True)
class Became:
    """What became of dead letters, each by its place."""

    replays: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    settlements: dict[str, list[Settlement]] = field(default_factory=lambda: defaultdict(list))

    @property
    def doubled(self) -> list[str]:
        """Dead letters that were replayed or settled more than once."""
        times = Counter({place: len(found) for place, found in self.settlements.items()})
        times |= Counter({place: len(found) for place, found in self.replays.items()})
        return [place for place, count in times.items() if count > 1]

    def of(self, outcome: Outcome) -> set[str]:
        """The dead letters that ended so."""
        return {place for place, found in self.settlements.items() if found[0].outcome is outcome}

    @property
    def is_exact(self) -> bool:
        """Whether each was settled once, and replayed exactly where its settlement says so."""
        return not self.doubled and self.replays.keys() == self.of(Outcome.REPLAYED)


@dataclass(frozen=True)
class Stage:
    """One contract on a broker; `text` is without recovery."""

    broker: Broker
    registry: Service
    contract: Contract
    text: bytes
    data: Path
    follower: Follower

    def recovery(self, name: str = "recovery", **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        """A recovery service; those of one `store`, a file or a URL, share it."""
        store = settings.pop("store", str(self.data / "recovery.db"))
        return running(
            "recovery",
            **({"chunk_records": "20", "session_s": "6"} | settings),
            data=self.data / name,
            broker=self.broker.bootstrap,
            registry=self.registry.address,
            store=store if "://" in store else f"sqlite:///{store}",
        )

    async def put_in_force(self, version: str, recovery: bytes) -> Contract:
        """Publish another version with this recovery."""
        text = self.text.replace(b"version: 1.0.0", f"version: {version}".encode(), 1)
        return await in_force(self.registry.address, self.broker.bootstrap, text.replace(b"\nteam:", recovery, 1))

    async def die(self, letters: Sequence[Outgoing]) -> list[str]:
        """Write dead letters; return the place of each."""
        async with Publisher(self.broker.bootstrap) as publisher:
            return [str(place) for place in await publisher.publish(letters)]

    async def ask(
        self,
        run_id: str,
        kind: pb.RunKind.ValueType,
        *,
        places: Sequence[str] = (),
        force: bool = False,
        rate_per_s: float = 0.0,
    ) -> None:
        """Ask for a run over dead letters that are there, all or single ones, as `StartRun` does."""
        selection = pb.Selection(contract=self.contract.id, places=places)
        run = pb.Run(
            id=self.id_of(run_id), kind=kind, selection=selection, version=self.contract.version, actor=ACTOR, why=WHY,
            partitions=await self._ends(), started_ms=1, force=force, rate_per_s=rate_per_s,
        )  # fmt: skip
        await self.act(pb.Action(id=run.id, started=run))

    def id_of(self, run_id: str) -> str:
        """The id of a run that no other test has: the audit is everybody's."""
        return f"{run_id} {self.contract.id}"

    async def change(self, run_id: str, change: pb.RunChange.ValueType) -> None:
        """Pause, resume or cancel a run."""
        run_id = self.id_of(run_id)
        await self.act(pb.Action(id=f"{run_id} {change}", changed=pb.RunChanged(run=run_id, change=change)))

    async def act(self, action: pb.Action) -> None:
        """Write an action to the audit."""
        action.contract, action.actor, action.why, action.at_ms = self.contract.id, ACTOR, WHY, 1
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish([Outgoing(AUDIT, 0, action.contract.encode(), action.SerializeToString())])

    async def became(self) -> Became:
        """Read what became of every dead letter so far."""
        found, topics = Became(), self.contract.topics
        for record in await self.follower.catch_up():
            if record.topic == topics.raw_replay:
                found.replays[record.header(headers.DEAD_LETTER) or ""].append(record)
            elif record.topic == topics.settled:
                settlement = Settlement.read(record)
                found.settlements[str(settlement.place)].append(settlement)
        return found

    async def settled(self, count: int, within_s: float = 90) -> Became:
        """Return what became of dead letters once so many are settled, and their replays are there."""

        async def ask() -> Became | None:
            found = await self.became()
            is_there = len(found.settlements) >= count and found.replays.keys() >= found.of(Outcome.REPLAYED)
            return found if is_there else None

        found = await eventually(ask, within_s)
        assert found is not None
        return found

    async def passed(self, run_id: str) -> list[pb.RunPartition]:
        """Return what a run came to once it went through every partition."""

        async def ask() -> list[pb.RunPartition]:
            found = [action.passed for action in await self.actions() if action.WhichOneof("what") == "passed"]
            mine = [passed.partition for passed in found if passed.run == self.id_of(run_id)]
            return mine if {each.partition for each in mine} == set(range(PARTITIONS)) else []

        return await eventually(ask, within_s=90)

    async def actions(self) -> list[pb.Action]:
        """Return every action about this contract."""
        found = [record.value or b"" for record in await self.follower.catch_up() if record.topic == AUDIT]
        return [one for value in found if (one := pb.Action.FromString(value)).contract == self.contract.id]

    async def _ends(self) -> list[pb.RunPartition]:
        ends = dict.fromkeys(range(PARTITIONS), 0)
        async for records in scan(self.broker.bootstrap, [self.contract.topics.dead_letters]):
            ends[records[-1].partition] = records[-1].offset + 1
        return [pb.RunPartition(partition=partition, end=end) for partition, end in ends.items()]


@contextlib.asynccontextmanager
async def stage(broker: Broker, contract_id: str, data: Path, recovery: bytes = b"\nteam:") -> AsyncIterator[Stage]:
    """A registry with one contract in force, its topics, and nothing on them."""
    text = contract_text(contract_id)
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text.replace(b"\nteam:", recovery, 1))
        followed = (contract.topics.raw_replay, contract.topics.settled, AUDIT)
        async with Follower(broker.bootstrap, followed) as follower:
            yield Stage(broker, registry, contract, text, data, follower)
