"""Which version of which contract judges a record: the one it declares, else the one in force. Pure.

How the stream uses it: `seats = seating.seats` once for each slice of records, a snapshot that does not change; then
`await seats.place(records)` gives a `Seat` for each record, which judges `record.value[seat.offset:]`, or the verdict
on a record that declares a version nobody may use. `seats.in_force[topic].contract` says where such a record goes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from assay.client import Version
from assay.contracts import Reason, Verdict, Violation
from assay.contracts.frame import SCHEMA_HEADER, Frame, FrameError, unframe
from assay.streaming import Block, Partition, Record, headers
from assay.validation.errors import NotSeatedError, SchemaAwaitedError, UncompiledError
from assay.validation.judges import Judges, Seat

__all__ = ["Patience", "Seats", "Versions"]

MAGIC = (0, 1)
DECLARING = (headers.VERSION, SCHEMA_HEADER)
VERSION = re.compile(r"v?[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}(?:[-+][0-9A-Za-z.+-]{1,40})?")

Versions = Mapping[str, Mapping[str, Version]]
"""Every version, by contract id and version."""

_BARE = Frame(None, None, b"")


class Patience:
    """How long each partition has waited for a version that nobody here knows, while the registry is away."""

    def __init__(self, wait_s: float, now_s: Callable[[], float]) -> None:
        self._wait_s = wait_s
        self._now_s = now_s
        self._since_s: dict[Partition, float] = {}

    def is_over(self, partition: Partition) -> bool:
        """Whether this partition has waited long enough; the first time it is asked, the wait begins."""
        now_s = self._now_s()
        return now_s - self._since_s.setdefault(partition, now_s) >= self._wait_s

    def forget(self) -> None:
        """The registry is there: the next wait is a new one."""
        self._since_s.clear()


@dataclass(frozen=True, slots=True, eq=False)
class Seats:
    """Who judges what, as it was at one moment.

    `topics` are the raw topics of every contract that was taken; `in_force` holds, for those that are judged now, the
    seat of the version that judges a record which declares none.
    """

    topics: frozenset[str]
    in_force: Mapping[str, Seat]
    versions: Versions
    is_current: bool
    judges: Judges
    patience: Patience
    _framed: dict[tuple[str, bytes], Seat] = field(default_factory=dict)
    _by_id: dict[int, Version] = field(default_factory=dict)
    _by_guid: dict[UUID, Version] = field(default_factory=dict)

    async def place(self, records: Block) -> list[Seat | Verdict]:
        """Return who judges each record, in order; a version that is declared for the first time is compiled in a thread.

        Raises:
            NotSeatedError, SchemaAwaitedError: as `of`.
        """
        seat = self.in_force.get(records.topic)
        if seat is None:
            raise NotSeatedError(records.topic)
        if _declare_nothing(records):
            return [seat] * len(records)
        by_version: dict[bytes | None, Seat | Verdict] = {}
        by_header = {named for named in {*records.layouts} if SCHEMA_HEADER in named.names}
        prefix, versions = _prefix(seat), records.header(headers.VERSION)
        placed: list[Seat | Verdict] = []
        for spot, (value, named, version) in enumerate(zip(records.values, records.layouts, versions, strict=True)):
            if named in by_header:
                placed.append(await self._placed(records[spot]))
            elif value and value[0] in MAGIC:
                known = self._framed.get((records.topic, value[:prefix]))
                placed.append(known or await self._placed(records[spot]))
            else:
                if version not in by_version:
                    by_version[version] = await self._placed(records[spot])
                placed.append(by_version[version])
        return placed

    async def _placed(self, record: Record) -> Seat | Verdict:
        try:
            return self.of(record)
        except UncompiledError as missing:
            await asyncio.to_thread(self.judges.compile, missing.version)
            return self.of(record)

    def at(self, contract: str) -> Seat | None:
        """Return the seat of the version in force of a contract; None where there is none."""
        return next((seat for seat in self.in_force.values() if seat.contract.id == contract), None)

    def of(self, record: Record) -> Seat | Verdict:
        """Return who judges a record, or the verdict on it where it declares what nobody may use.

        Raises:
            NotSeatedError: no contract in force names its topic.
            SchemaAwaitedError: it declares a version that is not known while the registry is away; ask again later.
            UncompiledError: it declares a version that has no judge yet; `place` sees to that.
        """
        seat = self.in_force.get(record.topic)
        if seat is None:
            raise NotSeatedError(record.topic)
        value = record.value or b""
        for name, _ in record.headers:
            if name in DECLARING:
                return self._declaring(record, value, seat)
        if value and value[0] in MAGIC:
            return self._framed.get((record.topic, value[: _prefix(seat)])) or self._declaring(record, value, seat)
        return seat

    def _declaring(self, record: Record, value: bytes, seat: Seat) -> Seat | Verdict:
        try:
            frame = unframe(value, record.headers, seat.contract.form) or _BARE
        except FrameError as error:
            return _refused(Reason.MALFORMED, "frame", error.expected, error.found)
        if frame.schema_id is not None:
            found, declared = self._with_id(frame.schema_id), f"schema id {frame.schema_id}"
        elif frame.guid is not None:
            found, declared = self._with_guid(frame.guid), f"schema guid {frame.guid}"
        elif name := record.header(headers.VERSION):
            found, declared = self.versions.get(seat.contract.id, {}).get(name), f"version {_shown(name)}"
        else:
            return seat
        if found is None:
            return self._unknown(record, seat, declared)
        place = self._declared(found, declared, len(frame.prefix), seat)
        if isinstance(place, Seat) and len(frame.prefix) == _prefix(seat):
            self._framed[record.topic, frame.prefix] = place
        return place

    def _declared(self, version: Version, declared: str, offset: int, seat: Seat) -> Seat | Verdict:
        if version.contract != seat.contract.id:
            found = f"{declared}, which is of contract {version.contract}"
            return _refused(Reason.UNKNOWN_SCHEMA, "contract", _wanted(seat), found)
        if version.retired:
            found = f"version {version.version} is retired; use {seat.contract.version}"
            return _refused(Reason.UNKNOWN_SCHEMA, "retired", _wanted(seat), found)
        if version.text == seat.contract.text and offset == seat.offset:
            return seat
        if judging := self.judges.at(version, offset):
            return judging
        return _refused(Reason.ENGINE, "engine", "a verdict", f"{declared}, which can't be compiled")

    def _unknown(self, record: Record, seat: Seat, declared: str) -> Verdict:
        if self.is_current:
            return _refused(Reason.UNKNOWN_SCHEMA, "version", _wanted(seat), f"{declared}, which is unknown")
        if not self.patience.is_over(Partition(record.topic, record.partition)):
            raise SchemaAwaitedError(record.topic, record.partition, declared)
        found = f"{declared}, unknown while the registry is away"
        return _refused(Reason.UNKNOWN_SCHEMA, "registry_away", _wanted(seat), found)

    def _with_id(self, number: int) -> Version | None:
        if not self._by_id:
            self._by_id.update((one.id, one) for versions in self.versions.values() for one in versions.values())
        return self._by_id.get(number)

    def _with_guid(self, guid: UUID) -> Version | None:
        if not self._by_guid:
            self._by_guid.update((one.guid, one) for versions in self.versions.values() for one in versions.values())
        return self._by_guid.get(guid)


def _declare_nothing(records: Block) -> bool:
    """Whether no record of one topic can declare a version: what most blocks are is seen at once."""
    starts = {value[0] for value in records.values if value}
    return starts.isdisjoint(MAGIC) and not any(
        name in DECLARING for named in {*records.layouts} for name in named.names
    )


def _prefix(seat: Seat) -> int:
    """How long the usual frame is: magic and id, and of Protobuf the first message."""
    return 6 if seat.contract.form == "protobuf" else 5


def _wanted(seat: Seat) -> str:
    return f"a version of {seat.contract.id} that is in use, as {seat.contract.version}"


def _shown(version: str) -> str:
    """The version as it was declared; what does not look like one is not repeated."""
    return version if VERSION.fullmatch(version) else "that is no MAJOR.MINOR.PATCH"


def _refused(reason: Reason, rule: str, expected: str, found: str) -> Verdict:
    return Verdict(reason, (Violation("", rule, expected, found),))
