"""The archiver: every validated record becomes one row of the lake, whatever is killed, stalled or rebalanced."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Protocol

from assay.contracts import Contract
from assay.lake import CommitRefusedError, LakeError
from assay.streaming import BrokerError, Partition, Record, headers
from assay.telemetry import get_logger
from assay.telemetry.trace import MAX_LINKS, is_sampled, span
from assay.warehouse.appender import Appender, Track
from assay.warehouse.archive import Archive

__all__ = ["Archiver", "Limits", "Reader"]

CHUNK_RECORDS = 10_000
IDLE_S = 0.2
LINKS_AMONG = 200
log = get_logger()


class Reader(Protocol):
    """Reads assigned partitions from where it is told; `assay.streaming.PartitionReader` is one."""

    async def chunk(self, *, max_records: int, wait_s: float) -> Mapping[Partition, list[Record]]: ...

    async def next_offset(self, partition: Partition) -> int: ...

    async def start(self, starts: Mapping[Partition, int | None]) -> None: ...

    async def hint(self, positions: Mapping[Partition, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """When records are written, whichever comes first, and when a failure is tried again."""

    rows: int = 20_000
    size_bytes: int = 64 * 1024 * 1024
    age_s: float = 1.0
    retry_s: float = 2.0
    compact_commits: int = 200


@dataclass(slots=True)
class _Waiting:
    """An assigned partition that is not read yet; each assignment has one of its own."""

    due_s: float = 0.0


class Archiver:
    """Owns the positions of validated partitions: they lie in Delta, in the commit of the rows.

    A partition is read from the stored position on. A commit goes through only where the table still stands there, so
    an archiver that lost its partitions without knowing writes nothing: it drops its batch and looks again. What goes
    wrong with one contract stops that contract alone, until its next try.
    """

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._appenders: dict[str, Appender] = {}
        self._waiting: dict[Partition, _Waiting] = {}
        self._tracks: dict[Partition, Track] = {}

    @property
    def topics(self) -> frozenset[str]:
        """The validated topics of the contracts that are seated."""
        return frozenset(self._appenders)

    def seat(self, contract: Contract) -> None:
        """Archive a contract from now on, in this version."""
        table = self._archive.table(contract.id)
        self._appenders[contract.topics.validated] = Appender(contract, table, self._limits.compact_commits)

    async def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int | None]:
        """Leave all of them stopped: the loop starts them, where a lake that fails can be waited for."""
        for partition in partitions:
            self._tracks.pop(partition, None)
            self._waiting[partition] = _Waiting()
        return {}

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Forget what is not written; the next owner reads it again."""
        for partition in partitions:
            self._tracks.pop(partition, None)
            self._waiting.pop(partition, None)

    async def run(self, reader: Reader) -> None:
        """Archive until cancelled. What was read and not written by then is read again by the next owner."""
        while True:
            await self._open(reader)
            await self._read(reader)
            if self._is_due():
                await self._flush(reader)

    async def _open(self, reader: Reader) -> None:
        """Start the partitions that wait for it, each where the lake stands."""
        due = {partition: one for partition, one in self._waiting.items() if one.due_s <= monotonic()}
        for topic, partitions in _by_topic(due).items():
            try:
                starts = await asyncio.to_thread(self._appenders[topic].positions, partitions)
                await reader.start(starts)
            except (LakeError, BrokerError) as error:
                self._put_off(partitions, error)
                continue
            for partition, start in starts.items():
                if self._waiting.get(partition) is due[partition]:  # else it went, and came back stopped
                    del self._waiting[partition]
                    self._tracks[partition] = Track(start)
            log.info("partitions.opened", topic=topic, positions={str(p.partition): at for p, at in starts.items()})

    async def _read(self, reader: Reader) -> None:
        """Take what is there, waiting for it no longer than the oldest record that is held may wait."""
        try:
            most = min(CHUNK_RECORDS, self._limits.rows)
            found = await reader.chunk(max_records=most, wait_s=min(IDLE_S, self._limits.age_s))
            for partition, records in found.items():
                track = self._tracks.get(partition)
                after = await reader.next_offset(partition) if track else 0
                if track and self._tracks.get(partition) is track:
                    track.take(records, after, monotonic())
        except BrokerError as error:
            self._put_off(list(self._tracks), error)
            await asyncio.sleep(IDLE_S)  # the client may say so at every call

    def _is_due(self) -> bool:
        held = [track for track in self._tracks.values() if track.records]
        return bool(held) and (
            sum(len(track.records) for track in held) >= self._limits.rows
            or sum(track.size_bytes for track in held) >= self._limits.size_bytes
            or monotonic() - min(track.since_s for track in held) >= self._limits.age_s
        )

    async def _flush(self, reader: Reader) -> None:
        """Write all that is held, a commit for each contract."""
        held = [partition for partition, track in self._tracks.items() if track.records]
        for topic, partitions in _by_topic(held).items():
            tracks = {partition: self._tracks[partition] for partition in partitions if partition in self._tracks}
            if not tracks:  # they went while another topic was written
                continue
            try:
                await self._write(topic, tracks)
            except CommitRefusedError as refused:
                log.warning("batch.refused", topic=topic, error=str(refused))
                self._reopen(partitions)
            except LakeError as error:
                self._put_off(partitions, error)
            else:
                await reader.hint({partition: track.next for partition, track in tracks.items()})
                await self._tidy(topic)

    async def _write(self, topic: str, tracks: Mapping[Partition, Track]) -> None:
        appender = self._appenders[topic]
        with span("warehouse/append", links=_sampled(tracks.values()), topic=topic):
            rows = await asyncio.to_thread(appender.append, tracks)
        for track in tracks.values():
            track.settle()
        log.debug("batch.archived", topic=topic, rows=rows)

    async def _tidy(self, topic: str) -> None:
        try:
            await asyncio.to_thread(self._appenders[topic].tidy)
        except LakeError as error:  # the rows are in; small files only slow readers down
            log.warning("lake.untidy", topic=topic, error=str(error))

    def _reopen(self, partitions: Collection[Partition], due_s: float = 0.0) -> None:
        """Drop what is held of partitions that are still ours, and open them anew."""
        for partition in partitions:
            if self._tracks.pop(partition, None) or partition in self._waiting:
                self._waiting[partition] = _Waiting(due_s)

    def _put_off(self, partitions: Collection[Partition], error: Exception) -> None:
        log.error("archive.paused", topics=sorted({p.topic for p in partitions}), error=str(error))
        self._reopen(partitions, monotonic() + self._limits.retry_s)


def _by_topic(partitions: Iterable[Partition]) -> dict[str, list[Partition]]:
    found: dict[str, list[Partition]] = defaultdict(list)
    for partition in partitions:
        found[partition.topic].append(partition)
    return found


def _sampled(tracks: Iterable[Track]) -> list[str]:
    """Answer trace contexts of some records, for the span to point at."""
    some = (record for track in tracks for record in track.records[:LINKS_AMONG])
    found = (record.header(headers.TRACEPARENT) or "" for record in some)
    return list(islice(filter(is_sampled, found), MAX_LINKS))
