"""One run: a broker, a registry, three workers, all that is done to them, and what became of every record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition

from assay.contracts import Contract, Reason
from assay.streaming import headers, scan, specs_of
from assay.streaming.keys import KeyFile
from assay.testkit.brokers.broker import Broker
from assay.testkit.brokers.kafka import Detour, kafka_broker
from assay.testkit.builders import contract_text
from assay.testkit.chaos.crew import Crew, Tally, Worker
from assay.testkit.chaos.schedule import schedule
from assay.testkit.chaos.source import BIG_BYTES, BIG_EVERY, Source
from assay.testkit.clients import admin, consuming
from assay.testkit.outcome import Outcome, in_force, outcome
from assay.testkit.ports import free_ports
from assay.testkit.proxy import FaultProxy
from assay.testkit.services import Service, running, variable
from assay.testkit.waiting import eventually

__all__ = ["Plan", "Result", "run"]

PARTITIONS = 6
WORKERS = 3
SESSION_S = 6
CHUNK = 100
GROUP = "assay.validation"
SPARE = 3  # shares for blows that found no broker and are struck again
WHOLE_S = 120.0
DRAINED_S = 300.0
STRUCK_S = 3_000.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done in a run; the seed says to whom, where and when."""

    seed: int
    records: int
    kills: int
    zombies: int
    restarts: int
    refusals: int

    def __str__(self) -> str:
        return (
            f"{self.records:,} records over {PARTITIONS} partitions, {WORKERS} workers, {self.kills} kills, "
            f"{self.zombies} zombies, {self.restarts} broker restarts, {self.refusals} refusals, seed {self.seed}"
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What was done, and what became of the records."""

    plan: Plan
    tally: Tally
    outcome: Outcome


Tell = Callable[[Tally, int], None]
"""Hears of progress: what was done, and how many records were written."""


async def run(plan: Plan, data: Path, tell: Tell = lambda _tally, _written: None) -> Result:
    """Carry the plan out on an Apache Kafka of its own, and read what became of every record.

    Raises:
        BrokerUnavailableError: Apache Kafka cannot be had here.
        TimeoutError: the workers did not come to the end of the records.
    """
    proxy_port, detour_port = free_ports(2)
    async with (
        kafka_broker(data / "kafka", lambda _line: None, Detour(detour_port, proxy_port)) as broker,
        FaultProxy(proxy_port, detour_port) as link,
        running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry,
    ):
        text = contract_text("numbers", partitions=PARTITIONS)
        contract = await in_force(registry.address, broker.bootstrap, text)
        stage = _Stage(plan, data, broker, link, registry.address, contract, tell)
        return Result(plan, await stage.play(), await outcome(broker.bootstrap, contract))


class _Stage:
    def __init__(
        self,
        plan: Plan,
        data: Path,
        broker: Broker,
        link: FaultProxy,
        registry: str,
        contract: Contract,
        tell: Tell,
    ) -> None:
        assert contract.topics.raw_app is not None
        self._plan = plan
        self._broker = broker
        self._contract = contract
        self._tell = tell
        self._source = Source(broker.bootstrap, contract.topics.raw_app, plan.records)
        blows = schedule(plan.seed, WORKERS, plan.kills, plan.zombies)
        self._total = sum(map(len, blows))
        self._share = plan.records // (self._total + plan.refusals + SPARE)
        self._kept = plan.refusals * BIG_EVERY
        far = f"127.0.0.1:{link.port}"
        workers = [
            Worker(_worker(data, f"worker-{number}", registry, far if is_far else broker.bootstrap), mine, is_far)
            for number, mine in enumerate(blows)
            for is_far in [link if number == WORKERS - 1 else None]
        ]
        self._crew = Crew(workers, SESSION_S, self._burst)
        self._workers = [worker.service for worker in workers]

    async def play(self) -> Tally:
        """Write, strike, write the rest; return once the group has committed the end of every raw partition."""
        try:
            async with asyncio.timeout(STRUCK_S), asyncio.TaskGroup() as group:
                restarting = group.create_task(self._restart_broker())
                telling = group.create_task(self._keep_telling())
                await self._crew.strike()
                await asyncio.wait([restarting])
                await self._crew.rise()
                keeping = group.create_task(self._crew.keep())
                await eventually(self._is_whole, within_s=WHOLE_S)
                for _ in range(self._plan.refusals):
                    await self._refuse()
                    self._crew.tally.refused += 1
                await self._source.rest()
                await eventually(self._is_drained, within_s=DRAINED_S)
                keeping.cancel()
                telling.cancel()
        finally:
            for worker in self._workers:
                await worker.stop()
        return self._crew.tally

    async def _burst(self) -> None:
        """Write the share of one blow, so that there is work when it lands; what is to be refused is kept."""
        await self._source.burst(self._share, kept=self._kept)

    async def _restart_broker(self) -> None:
        """Restart the broker at even distances, by a kill and by a stop in turn."""
        for number in range(self._plan.restarts):
            await self._struck((number + 1) / (self._plan.restarts + 1))
            async with self._source.quiet:
                await (self._broker.kill, self._broker.stop)[number % 2]()
                await self._broker.start()

    async def _refuse(self) -> None:
        """Have the broker refuse big records on the validated topic until one is settled by its stub.

        Nobody is struck meanwhile: a worker that is given partitions of a topic with so small a limit pauses the contract.
        """
        before = await self._stubs()

        async def is_settled() -> bool:
            return await self._stubs() > before

        await self._limit(BIG_BYTES)
        try:
            await self._source.burst(BIG_EVERY)
            await eventually(is_settled, within_s=DRAINED_S)
        finally:
            await self._limit(None)

    async def _stubs(self) -> int:
        """How many dead letters stand for a record that was refused."""
        found = scan(self._broker.bootstrap, [self._contract.topics.dead_letters])
        reasons = [record.header(headers.REASON) async for records in found for record in records]
        return reasons.count(Reason.TOO_LARGE)

    async def _limit(self, size_bytes: int | None) -> None:
        """Have the validated topic take no larger batches than this, or what its contract says."""
        (config,) = (one.config() for one in specs_of(self._contract) if one.name == self._contract.topics.validated)
        if size_bytes is not None:
            config["max.message.bytes"] = str(size_bytes)
        resource = ConfigResource(ConfigResourceType.TOPIC, self._contract.topics.validated, config)
        async with admin(self._broker.bootstrap) as client:
            for answer in await client.alter_configs([resource]):
                assert not [code for code, *_ in answer.resources if code], answer

    async def _struck(self, share: float) -> None:
        async def struck() -> bool:
            return self._crew.tally.struck >= share * self._total

        await eventually(struck, within_s=STRUCK_S)

    async def _is_whole(self) -> bool:
        """Whether the group is made of all workers and of nobody that is gone, and each knows its partitions."""
        async with admin(self._broker.bootstrap) as client:
            (answer,) = await client.describe_consumer_groups([GROUP])
        _code, _group, state, _type, _protocol, members, *_ = answer.groups[0]
        return state == "Stable" and len(members) == WORKERS

    async def _is_drained(self) -> bool:
        topic = self._source.topic
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        async with admin(self._broker.bootstrap) as client, consuming(self._broker.bootstrap) as reader:
            committed = await client.list_consumer_group_offsets(GROUP, partitions=partitions)
            ends = await reader.end_offsets(partitions)
        return all(each in committed and committed[each].offset == end for each, end in ends.items())

    async def _keep_telling(self) -> None:
        while True:
            self._tell(self._crew.tally, self._source.written)
            await asyncio.sleep(1)


def _worker(data: Path, name: str, registry: str, broker: str) -> Service:
    keys = data / "keys.json"
    if not keys.exists():
        KeyFile.create(keys)
    settings = {
        "registry": registry,
        "broker": broker,
        "keys": str(keys),
        "chunk_records": str(CHUNK),
        "session_s": str(SESSION_S),
    }
    grpc_port, metrics_port = free_ports(2)
    env = {variable("validation", setting): value for setting, value in settings.items()}
    log = data / f"{name}.log"
    return Service("validation", log=log, grpc_port=grpc_port, metrics_port=metrics_port, env=env)
