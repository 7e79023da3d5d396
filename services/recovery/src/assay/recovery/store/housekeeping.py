"""Forgets what no topic holds any more."""

from __future__ import annotations

import sqlalchemy as sa

from assay.contracts import Contract
from assay.recovery.store.panes import MINUTE_MS, RATES_MS
from assay.recovery.store.tables import ALERTING, FAILURES, LEFT, PENDING, RATES, RUNS, VALUES
from assay.runtime.database import Database

__all__ = ["prune"]

HOUR_MS = 3_600_000


async def prune(database: Database, contract: Contract, now_ms: int) -> int:
    """Forget failures whose dead letters are all past the contract's retention, unless people are alerted of them.

    Returns how many they were. Replays that nobody judged in that time go too, the counts of minutes of long
    ago, and records that were to be resubmitted by runs that have ended.

    Raises:
        StoreAwayError: the store does not answer.
    """
    return await database.run(lambda transaction: _prune(transaction, contract, now_ms))


def _prune(transaction: sa.Connection, contract: Contract, now_ms: int) -> int:
    before_ms = now_ms - contract.dead_letters_retention_h * HOUR_MS
    alerting = sa.select(ALERTING.c.fingerprint)
    gone = sa.delete(FAILURES).where(
        FAILURES.c.contract == contract.id,
        FAILURES.c.newest_ms < before_ms,
        FAILURES.c.fingerprint.not_in(alerting),
    )
    count = transaction.execute(gone).rowcount
    if count:
        transaction.execute(sa.delete(LEFT).where(LEFT.c.failure.not_in(sa.select(FAILURES.c.fingerprint))))
    transaction.execute(sa.delete(PENDING).where(PENDING.c.contract == contract.id, PENDING.c.newest_ms < before_ms))
    last = (now_ms - RATES_MS) // MINUTE_MS
    transaction.execute(sa.delete(RATES).where(RATES.c.contract == contract.id, RATES.c.minute < last))
    ended = sa.select(RUNS.c.id).where(RUNS.c.contract == contract.id, ~RUNS.c.is_open)
    transaction.execute(sa.delete(VALUES).where(VALUES.c.run.in_(ended)))
    return count
