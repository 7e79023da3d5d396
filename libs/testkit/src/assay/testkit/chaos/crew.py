"""Workers that are struck down and started again, as a supervisor would."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from assay.runtime.failpoint import DIED
from assay.testkit.chaos.schedule import Blow, Kind
from assay.testkit.errors import ChildDiedError, NotReadyError
from assay.testkit.proxy import GROUP, FaultProxy
from assay.testkit.services import Service
from assay.testkit.waiting import eventually

__all__ = ["Crew", "Tally", "Worker"]

ASSIGNED = "partitions.assigned"
UNSERVED = "no Kafka broker answers"
ASSIGNED_S = 60.0
AT_POINT_S = 30.0
AWAY_S = 90.0
WATCH_S = 0.25
MOST_DEATHS = 5


@dataclass(slots=True)
class Tally:
    """What was done so far."""

    blows: Counter[Kind] = field(default_factory=Counter)
    refused: int = 0
    """How often the broker refused big records to workers that nobody struck."""

    missed: list[str] = field(default_factory=list)
    """Blows at a fail point that the worker did not come by in time: it was killed where it was."""

    died: list[str] = field(default_factory=list)
    """Ends of workers that nobody asked for, with their last words."""

    unserved: list[str] = field(default_factory=list)
    """Ends of workers that were started while there was no broker, with the line that says so."""

    @property
    def struck(self) -> int:
        return self.blows.total()


@dataclass(slots=True)
class Worker:
    """One worker, its way to the broker where that can be cut, and its blows."""

    service: Service
    blows: Sequence[Blow]
    link: FaultProxy | None = None


class Crew:
    """Strikes each worker in its own order, all at the same time, and keeps all of them alive otherwise."""

    def __init__(
        self,
        workers: Sequence[Worker],
        session_s: float,
        work: Callable[[], Awaitable[None]],
    ) -> None:
        self.tally = Tally()
        self._workers = workers
        self._session_s = session_s
        self._work = work
        self._away = asyncio.Semaphore(len(workers) - 1)  # someone must be there to take over

    async def strike(self) -> None:
        """Strike all blows; returns when each worker has had its own and all are up again."""
        async with asyncio.TaskGroup() as group:
            for worker in self._workers:
                group.create_task(self._strike(worker))

    async def _strike(self, worker: Worker) -> None:
        for blow in worker.blows:
            while not await self._landed(worker, blow):
                pass
            self.tally.blows[blow.kind] += 1
        await worker.service.stop()
        worker.service.start()

    async def _landed(self, worker: Worker, blow: Blow) -> bool:
        """Start the worker for a blow and strike it; False where it found no broker, which is no place to be struck."""
        if blow.kind.is_absence:
            worker.service.start()  # it works while it waits for its turn
        async with self._away if blow.kind.is_absence else contextlib.nullcontext():
            await worker.service.stop()
            worker.service.start(_environment(worker, blow))
            try:
                await self._land(worker, blow)
            except (ChildDiedError, NotReadyError) as error:
                return not self._is_unserved(f"{blow}: {error}")
        return True

    async def rise(self) -> None:
        """Start all anew where nobody is struck any more; returns once each was given partitions."""
        joins = [worker.service.said(ASSIGNED) for worker in self._workers]
        for worker in self._workers:
            await worker.service.stop()
            worker.service.start()
        for worker, before in zip(self._workers, joins, strict=True):
            await worker.service.says(ASSIGNED, times=before + 1, within_s=ASSIGNED_S)

    async def keep(self) -> None:
        """Start again whoever ends, until cancelled."""
        while True:
            for worker in self._workers:
                if not worker.service.is_running:
                    self._is_unserved(worker.service.tail())
                    worker.service.start()
            await asyncio.sleep(WATCH_S)

    def _is_unserved(self, end: str) -> bool:
        """Take down an end that nobody asked for; to find no broker while it is restarted is what it should end of."""
        if UNSERVED in end:
            self.tally.unserved.append(end)
            return True
        self.tally.died.append(end)
        if len(self.tally.died) > MOST_DEATHS:
            raise AssertionError(end)
        return False

    async def _land(self, worker: Worker, blow: Blow) -> None:
        joins = worker.service.said(ASSIGNED)
        match blow.kind:
            case Kind.POINT:
                await self._work()
                await self._killed_at_its_point(worker.service, blow)
            case Kind.KILL:
                await self._at_work(worker.service, joins, blow.after_s)
                await worker.service.kill()
            case Kind.FREEZE:
                await self._work()
                await self._frozen(worker.service, blow)
            case _:
                await self._at_work(worker.service, joins, blow.after_s)
                await self._cut_off(worker, blow)

    async def _at_work(self, service: Service, joins: int, after_s: float) -> None:
        """Return so long after new work came to a worker that holds partitions."""
        await service.says(ASSIGNED, times=joins + 1, within_s=ASSIGNED_S)
        await self._work()
        await asyncio.sleep(after_s)

    async def _killed_at_its_point(self, service: Service, blow: Blow) -> None:
        try:
            async with asyncio.timeout(AT_POINT_S):
                code = await service.ended()
        except TimeoutError:
            self.tally.missed.append(str(blow))
            await service.kill()
            return
        if code != DIED:
            raise ChildDiedError(service.name, code or 0, service.tail())

    async def _frozen(self, service: Service, blow: Blow) -> None:
        try:
            await service.freezes(within_s=AT_POINT_S)
        except NotReadyError:
            self.tally.missed.append(str(blow))
            return
        joins = service.said(ASSIGNED)
        await self._taken_over(service)
        service.resume()
        await service.says(ASSIGNED, times=joins + 1, within_s=AWAY_S)

    async def _cut_off(self, worker: Worker, blow: Blow) -> None:
        assert worker.link is not None
        joins = worker.service.said(ASSIGNED)
        worker.link.hold(GROUP)
        try:
            await self._taken_over(worker.service)
        finally:
            if blow.kind is Kind.UNHEARD:
                worker.link.cut(GROUP)
            worker.link.release()
        await worker.service.says(ASSIGNED, times=joins + 1, within_s=AWAY_S)

    async def _taken_over(self, away: Service) -> None:
        """Return once the session of one is over and another was given partitions after that, or began anew."""
        over_s = time.monotonic() + self._session_s
        others = [worker.service for worker in self._workers if worker.service is not away]
        before = sum(other.said(ASSIGNED) for other in others)

        async def is_over() -> bool:
            return time.monotonic() > over_s and sum(other.said(ASSIGNED) for other in others) > before

        await eventually(is_over, within_s=AWAY_S)


def _environment(worker: Worker, blow: Blow) -> dict[str, str]:
    armed = {"ASSAY_FAILPOINTS": blow.failpoints} if blow.failpoints else {}
    return armed | ({"ASSAY_VALIDATION_MEMBER": worker.service.log.stem} if blow.is_static else {})
