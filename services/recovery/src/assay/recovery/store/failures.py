"""Reads failures: groups of dead letters, with where each stands and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from assay.recovery.status import FailureStatus
from assay.recovery.store.failure_reading import Failure, failure_of, whole
from assay.recovery.store.known import Known
from assay.recovery.store.left import left_texts
from assay.recovery.store.panes import MINUTE_MS
from assay.recovery.store.runs import open_runs
from assay.recovery.store.tables import ALERTING, FAILURES, MARKS, RATES
from assay.runtime.database import Database

__all__ = ["Failures", "Rate"]

DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Rate:
    """What validation judged in one minute on one raw topic; of all producers where `producer` is empty."""

    minute_ms: int
    topic: str
    producer: str
    valid: int
    refused: int


class Failures:
    """The failures that the index knows.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database, known: Known) -> None:
        self._database = database
        self._known = known

    async def list(
        self,
        contract: str = "",
        reason: str = "",
        path: str = "",
        producer: str = "",
        since_ms: int = 0,
        until_ms: int = 0,
        statuses: Collection[FailureStatus] = (),
        limit: int = 500,
    ) -> tuple[list[Failure], int]:
        """Return failures of which all that is given holds, the largest first, and how many more there are."""
        wanted = [*_filters(contract, reason, path, producer, since_ms, until_ms)]
        read = _reading(contract, wanted, self._known)
        found = [each for each in await self._database.run(read) if not statuses or each.status in statuses]
        return found[:limit], max(0, len(found) - limit)

    async def alarming(self, contract: str) -> Sequence[Failure]:
        """Return the failures of a contract that people may have to hear of: with open dead letters, or alerting."""
        settled = FAILURES.c.replayed + FAILURES.c.discarded + FAILURES.c.quarantined
        is_open = FAILURES.c.dead_letters > settled
        is_alerting = FAILURES.c.fingerprint.in_(sa.select(ALERTING.c.fingerprint))
        wanted = [*_filters(contract, "", "", "", 0, 0), sa.or_(is_open, is_alerting)]
        return await self._database.run(_reading(contract, wanted, self._known))

    async def one(self, prefix: str) -> Failure | None:
        """Return the only failure whose fingerprint begins so, with samples and hours; None where there is not just one."""
        if not prefix or not DIGITS.issuperset(prefix):
            return None
        wanted = [FAILURES.c.dead_letters > 0, FAILURES.c.fingerprint.like(f"{prefix}%")]
        found = await self._database.run(_reading("", wanted, self._known, is_whole=True))
        return found[0] if len(found) == 1 else None

    async def rates(self, contract: str, since_ms: int) -> Sequence[Rate]:
        """Return what validation judged of a contract, by minute of judging, raw topic and producer; at most six hours back."""
        query = (
            sa.select(RATES)
            .filter_by(contract=contract)
            .where(RATES.c.minute >= since_ms // MINUTE_MS)
            .order_by(RATES.c.minute, RATES.c.topic, RATES.c.producer)
        )
        rows = await self._database.run(lambda transaction: transaction.execute(query).mappings().all())
        names = ("topic", "producer", "valid", "refused")
        return [Rate(row["minute"] * MINUTE_MS, **{name: row[name] for name in names}) for row in rows]


def _filters(
    contract: str, reason: str, path: str, producer: str, since_ms: int, until_ms: int
) -> Iterator[sa.ColumnElement[bool]]:
    yield FAILURES.c.dead_letters > 0
    for column, text in ((FAILURES.c.contract, contract), (FAILURES.c.reason, reason), (FAILURES.c.producer, producer)):
        if text:
            yield column == text
    if path:
        below = f"{path}/"
        yield sa.or_(FAILURES.c.path == path, sa.func.substr(FAILURES.c.path, 1, len(below)) == below)
    if since_ms:
        yield FAILURES.c.last_seen_ms >= since_ms
    if until_ms:
        yield FAILURES.c.first_seen_ms < until_ms


def _reading(
    contract: str, wanted: Collection[sa.ColumnElement[bool]], known: Known, *, is_whole: bool = False
) -> Callable[[sa.Connection], list[Failure]]:
    """What reads failures in a transaction, the largest first; samples and hours of each where it is to be whole."""

    def read(transaction: sa.Connection) -> list[Failure]:
        selections = [found.run.selection for found in open_runs(transaction, contract)]
        rows = transaction.execute(_query(wanted, is_whole=is_whole)).mappings().all()
        left = left_texts(transaction, sa.select(FAILURES.c.fingerprint).where(*wanted))
        failures = [failure_of(row, selections, left.get(row["fingerprint"], {}), known) for row in rows]
        return [whole(one, row) for one, row in zip(failures, rows, strict=True)] if is_whole else failures

    return read


def _query(wanted: Collection[sa.ColumnElement[bool]], *, is_whole: bool) -> sa.Select[tuple[object, ...]]:
    columns = [column for column in FAILURES.c if is_whole or column is not FAILURES.c.hours]
    marked = (MARKS.c.is_known, MARKS.c.note, ALERTING.c.since_ms.label("alerting_ms"), ALERTING.c.cause)
    joined = FAILURES.outerjoin(MARKS, MARKS.c.fingerprint == FAILURES.c.fingerprint).outerjoin(
        ALERTING, ALERTING.c.fingerprint == FAILURES.c.fingerprint
    )
    query = sa.select(*columns, *marked).select_from(joined).where(*wanted)
    return query.order_by(FAILURES.c.dead_letters.desc(), FAILURES.c.fingerprint)
