"""Looks every few seconds at what failed, and sees to it that people hear of it: once when it begins, once when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from assay.contracts import Contract
from assay.recovery.alarms.alarm import Alarm, Kind, Move, failure_name
from assay.recovery.alarms.cases import Causes
from assay.recovery.alarms.folded import ends_of, is_folded
from assay.recovery.alarms.rules import decide
from assay.recovery.alarms.sight import Bounds, Sight
from assay.recovery.alarms.store import AlarmStore, Said
from assay.recovery.alarms.wire import measurement, recalled
from assay.recovery.store import Failures
from assay.runtime import Clock, TransientError, failpoint
from assay.runtime.database import Database
from assay.streaming import BrokerError, Outgoing, Partition, Publisher, RefusedRecordError, TopicError, scan
from assay.streaming.topics import AUDIT, BREACHES, PANES
from assay.telemetry import get_logger, metrics

__all__ = ["Watch", "WatchSettings"]

RATES_MS = 3_600_000
BATCH = 100
LONGEST_S = 10.0

log = get_logger()


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Who looks, how often, and when something is worth an alarm."""

    holder: str
    every_s: float = 2.0
    bounds: Bounds = field(default_factory=Bounds)


class Watch:
    """Of several processes over one store, the one whose turn it is looks; two at once would do no harm.

    What fires or is over is kept with its measurement in one transaction, and published at least once: whoever reads
    drops repeats by fingerprint and window.
    """

    def __init__(
        self,
        broker: str,
        database: Database,
        failures: Failures,
        causes: Causes,
        publisher: Publisher,
        clock: Clock,
        settings: WatchSettings,
    ) -> None:
        self._broker = broker
        self._database = database
        self._failures = failures
        self._causes = causes
        self._publisher = publisher
        self._clock = clock
        self._settings = settings
        self._store = AlarmStore(database)
        self._contracts: dict[str, Contract] = {}
        self._ends: dict[str, Mapping[Partition, int]] = {}
        self._is_recalled = False

    def seat(self, contract: Contract) -> None:
        """Look at this contract from now on."""
        self._contracts[contract.id] = contract

    async def run(self) -> None:
        """Look until cancelled; a store or a broker that is away is asked again the next time.

        Where looking takes long, with very many failures, it takes no more than half of the time.
        """
        while True:
            started_s = time.monotonic()
            try:
                await self.look()
            except (TransientError, BrokerError, RefusedRecordError, TopicError) as error:
                log.warning("alarms.delayed", error=str(error))
            took_s = time.monotonic() - started_s
            await asyncio.sleep(max(self._settings.every_s, min(took_s, LONGEST_S)))

    async def look(self) -> None:
        """Look once at every contract, where it is this process's turn, and publish what is to be said.

        Raises:
            StoreAwayError, BrokerError, TopicError: one of them did not answer; what was kept is said later.
        """
        now_ms = self._clock.now_ms()
        if not await self._store.lease(self._settings.holder, now_ms, now_ms + round(3_000 * self._settings.every_s)):
            return
        await self._recall()
        await self.publish()
        for contract in [*self._contracts.values()]:
            if await self._is_caught_up(contract):
                await self._look_at(contract)

    async def publish(self) -> None:
        """Publish what waits, the oldest first."""
        while waiting := await self._store.waiting(BATCH):
            await self._publisher.publish(
                [Outgoing(BREACHES, None, each.name.encode(), each.value) for each in waiting]
            )
            failpoint("recovery.alarm_published")
            await self._store.published(waiting)

    async def _look_at(self, contract: Contract) -> None:
        sight = await self._sight(contract)
        moves = decide(sight)
        if not moves:
            return
        said = await asyncio.to_thread(lambda: list(self._said(moves, sight)))
        kept = await self._store.keep(said)
        failpoint("recovery.alarm_kept")
        log.info("alarms.moved", contract=contract.id, moved=kept, told=sum(each.value is not None for each in said))
        await self.publish()

    async def _sight(self, contract: Contract) -> Sight:
        now_ms = self._clock.now_ms()
        since_ms = now_ms - RATES_MS
        return Sight(
            contract=contract,
            failures=await self._failures.alarming(contract.id),
            rates=await self._failures.rates(contract.id, since_ms),
            held=await self._store.held(contract.id),
            now_ms=now_ms,
            bounds=self._settings.bounds,
        )

    def _said(self, moves: list[Move], sight: Sight) -> Iterator[Said]:
        """What is kept and published of each move, with the likely cause where a failure is told."""
        failures = {failure_name(each.fingerprint): each for each in sight.failures}
        for move in moves:
            alarm, saying, cause = move.alarm, move.saying, ""
            failure = failures.get(alarm.name)
            if failure and alarm.kind is Kind.FAILURE and alarm.is_firing:
                cause = self._causes.of(failure, sight)
            if saying is None:
                yield Said(alarm, cause=cause)
                continue
            metrics.ALARMS_TOLD.labels(alarm.contract, alarm.kind, "firing" if alarm.is_firing else "resolved").inc()
            told = replace(saying, cause=cause)
            yield Said(alarm, measurement(alarm, told, sight.contract.version, sight.now_ms), cause)

    async def _is_caught_up(self, contract: Contract) -> bool:
        """Whether the index has folded what stood on the topics when this contract was first looked at."""
        topics = contract.topics
        if contract.id not in self._ends:
            names = [topics.dead_letters, topics.settled, topics.raw_replay, AUDIT, PANES]
            try:
                self._ends[contract.id] = await ends_of(self._broker, names)
            except TopicError as error:
                log.warning("alarms.delayed", contract=contract.id, error=str(error))
                return False
        ends = self._ends[contract.id]
        if ends and await is_folded(self._database, ends):
            self._ends[contract.id] = {}
        return not self._ends[contract.id]

    async def _recall(self) -> None:
        """Learn what people were told from what was published, where nothing is kept: the store is new."""
        if self._is_recalled:
            return
        if await self._store.is_empty():
            alarms: Mapping[str, Alarm] = {}
            async for records in scan(self._broker, [BREACHES]):
                alarms = recalled(filter(None, (record.value for record in records)), alarms)
            await self._store.keep([Said(alarm) for alarm in alarms.values()])
            log.info("alarms.recalled", alarms=len(alarms))
        self._is_recalled = True
