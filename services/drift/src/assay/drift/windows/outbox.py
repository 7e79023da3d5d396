"""Measurements on their way to `assay.breaches`: kept in the transaction that judged, published after it, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from assay.api.alerts.v1 import alerts_pb2
from assay.drift.windows.tables import OUTBOX
from assay.runtime import TransientError, failpoint
from assay.runtime.database import Database
from assay.streaming import Outgoing, RefusedRecordError, Source
from assay.streaming.topics import BREACHES
from assay.telemetry import get_logger

__all__ = ["Relay", "post"]

AT_ONCE = 200
LONGEST_S = 5.0

log = get_logger()


class Publishes(Protocol):
    """Writes records, as `assay.streaming.Publisher` promises."""

    async def publish(self, outgoing: Sequence[Outgoing]) -> list[Source]: ...


def post(transaction: sa.Connection, measurements: Sequence[alerts_pb2.Measurement]) -> None:
    """Keep measurements until they are published, in this order."""
    rows = [{"fingerprint": each.fingerprint, "measurement": each.SerializeToString()} for each in measurements]
    if rows:
        transaction.execute(sa.insert(OUTBOX), rows)


class Relay:
    """Publishes what was posted, in its order, and takes it away once every replica has it.

    Several processes may do it at once: what is published twice changes nothing for who hears of it.
    """

    def __init__(self, database: Database, publisher: Publishes, every_s: float = 1.0) -> None:
        self._database = database
        self._publisher = publisher
        self._every_s = every_s
        self._posted = asyncio.Event()

    def wake(self) -> None:
        """Look now: something was posted."""
        self._posted.set()

    async def run(self) -> None:
        """Publish until cancelled; a broker or a store that is away is asked again."""
        delay_s = self._every_s
        while True:
            try:
                while await self.once():
                    pass
                delay_s = self._every_s
            except TransientError as error:
                log.warning("measurements.delayed", error=str(error))
                delay_s = min(2 * delay_s, max(LONGEST_S, self._every_s))
            await self._posted_within(delay_s)

    async def once(self) -> int:
        """Publish what waits, some hundreds at most; return how many they were.

        Raises:
            BrokerError: it is not known that all were written; they stay.
            StoreAwayError: the store did not answer.
        """
        waiting = await self._database.run(_waiting)
        if not waiting:
            return 0
        outgoing = [Outgoing(BREACHES, None, fingerprint.encode(), value) for _, fingerprint, value in waiting]
        try:
            await self._publisher.publish(outgoing)
        except RefusedRecordError as error:
            await self._one_by_one(outgoing, error)
        failpoint("drift.published")
        await self._database.run(lambda transaction: _gone(transaction, [number for number, _, _ in waiting]))
        return len(waiting)

    async def _one_by_one(self, outgoing: Sequence[Outgoing], error: RefusedRecordError) -> None:
        """Publish those that the broker takes: one that it refuses must not hold the others."""
        for each in outgoing:
            try:
                await self._publisher.publish([each])
            except RefusedRecordError:
                log.warning("measurement.refused", error=str(error), size_bytes=len(each.value or b""))

    async def _posted_within(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._posted.wait()
        except TimeoutError:
            return
        self._posted.clear()


def _waiting(transaction: sa.Connection) -> list[tuple[int, str, bytes]]:
    query = sa.select(OUTBOX.c.id, OUTBOX.c.fingerprint, OUTBOX.c.measurement).order_by(OUTBOX.c.id).limit(AT_ONCE)
    return [(row.id, row.fingerprint, row.measurement) for row in transaction.execute(query)]


def _gone(transaction: sa.Connection, numbers: Sequence[int]) -> None:
    transaction.execute(
        sa.delete(OUTBOX).where(OUTBOX.c.id == sa.bindparam("of_id")), [{"of_id": each} for each in numbers]
    )
