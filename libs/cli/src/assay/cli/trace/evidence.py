"""Collects what topics and lake hold of one record; joins no group and changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.compute as pc

from assay.cli.errors import CommandError
from assay.cli.trace.way import Evidence, LakeRow
from assay.contracts import Contract
from assay.lake import LakeTable
from assay.streaming import HeaderError, Record, Source, headers, scan
from assay.streaming.headers import source_of

__all__ = ["RecordUnknownError", "evidence_of"]


class RecordUnknownError(CommandError):
    """No topic of a known contract holds the record."""

    def __init__(self, identity: str, searched: Sequence[str]) -> None:
        where = ", ".join(searched) or "no contract"
        super().__init__(
            f"no record {identity} (searched: {where}); give an event id, or topic/partition/offset as a trace shows it"
        )
        self.identity = identity


async def evidence_of(broker: str, contracts: Sequence[Contract], identity: str, lake: Path | None) -> Evidence:
    """Find the record by its event id, or by its place on any topic of a contract, and all that became of it.

    Raises:
        RecordUnknownError: it is on no topic of these contracts.
        BrokerUnreachableError: no broker answers.
    """
    place = _place(identity)
    candidates = [contract for contract in contracts if place is None or place.topic in contract.topics.all]
    for contract in candidates:
        found = await _Search(broker, contract, lake).follow(identity, place)
        if found is not None:
            return found
    raise RecordUnknownError(identity, [contract.id for contract in candidates])


@dataclass(slots=True)
class _Failed:
    """All dead letters and replays of a contract, by their own places and by what they answer."""

    letters: dict[str, Record] = field(default_factory=dict)
    letters_by_source: dict[str, Record] = field(default_factory=dict)
    replays: dict[str, Record] = field(default_factory=dict)
    replays_by_letter: dict[str, Record] = field(default_factory=dict)

    def root_of(self, at: str) -> str:
        """The first raw record behind a dead letter or a replay; `at` itself where there is none."""
        while True:
            if at in self.letters:
                at = self.letters[at].header(headers.SOURCE) or at
            elif at in self.replays:
                at = self.replays[at].header(headers.DEAD_LETTER) or at
            else:
                return at

    def family_of(self, root: str) -> list[str]:
        """The raw record and its replays in order, by place."""
        family = [root]
        while letter := self.letters_by_source.get(family[-1]):
            replay = self.replays_by_letter.get(str(source_of(letter)))
            if replay is None:
                break
            family.append(str(source_of(replay)))
        return family


class _Search:
    """One search through the topics of one contract: the few that failed first, then raw, then validated."""

    def __init__(self, broker: str, contract: Contract, lake: Path | None) -> None:
        self._broker = broker
        self._contract = contract
        self._lake = lake
        self._topics = contract.topics

    async def follow(self, identity: str, place: Source | None) -> Evidence | None:
        """Answer everything about the record, None where this contract does not have it."""
        failed = await self._failed()
        raw = await self._root(failed, identity, place)
        if raw is None:
            return None
        family = failed.family_of(str(source_of(raw)))
        validated = await self._first([self._topics.validated], lambda record: record.header(headers.SOURCE) in family)
        letters = {at: failed.letters_by_source[at] for at in family if at in failed.letters_by_source}
        return Evidence(
            contract=self._contract.id,
            raw=raw,
            validated={} if validated is None else {validated.header(headers.SOURCE) or "": validated},
            dead_letters=letters,
            replays={_answered(replay): replay for replay in (failed.replays[at] for at in family[1:])},
            lake=await asyncio.to_thread(_lake_rows, self._lake, self._contract.id, family),
        )

    async def _failed(self) -> _Failed:
        failed = _Failed()
        async for chunk in scan(self._broker, [self._topics.dead_letters, self._topics.raw_replay]):
            for record in chunk:
                at = str(source_of(record))
                if record.topic == self._topics.dead_letters:
                    failed.letters[at] = record
                    failed.letters_by_source[record.header(headers.SOURCE) or ""] = record
                else:
                    failed.replays[at] = record
                    failed.replays_by_letter[_answered(record)] = record
        return failed

    async def _root(self, failed: _Failed, identity: str, place: Source | None) -> Record | None:
        doors = [topic for topic in self._topics.raw if topic != self._topics.raw_replay]
        if place is None:
            return await self._first(doors, lambda record: record.header(headers.EVENT_ID) == identity)
        at = str(place)
        if place.topic == self._topics.validated:
            validated = await self._at(place)
            at = (validated.header(headers.SOURCE) if validated else None) or at
        with contextlib.suppress(HeaderError):
            return await self._at(Source.parse(failed.root_of(at)))
        return None

    async def _at(self, place: Source) -> Record | None:
        return await self._first([place.topic], lambda record: source_of(record) == place)

    async def _first(self, topics: Collection[str], wanted: Callable[[Record], bool]) -> Record | None:
        async with contextlib.aclosing(scan(self._broker, topics)) as chunks:
            async for chunk in chunks:
                for record in chunk:
                    if wanted(record):
                        return record
        return None


def _place(identity: str) -> Source | None:
    try:
        return Source.parse(identity)
    except HeaderError:
        return None


def _answered(replay: Record) -> str:
    return replay.header(headers.DEAD_LETTER) or ""


def _lake_rows(lake: Path | None, contract: str, family: Sequence[str]) -> dict[str, LakeRow]:
    """The rows of the lake that came from these raw records; blocks."""
    if lake is None:
        return {}
    table = LakeTable(str(lake / contract))
    if not table.exists:
        return {}
    rows = table.snapshot().dataset.to_table(["_source", "event_ms"], filter=pc.field("_source").isin(list(family)))
    return {row["_source"]: LakeRow(table.uri, row["event_ms"]) for row in rows.to_pylist()}
