"""Keeps what people are alerted of, and what is still to be said of it: both moved in one transaction.

This outlives the projection of the topics; where the whole store is lost, it is learned again from assay.breaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial

import sqlalchemy as sa

from assay.recovery.alarms.alarm import Alarm, Kind
from assay.recovery.store.tables import ALERTING, KEPT
from assay.recovery.store.upsert import clean, insert_missing, upsert
from assay.runtime.database import Database

__all__ = ["AlarmStore", "Said", "Waiting"]

ALARMS = sa.Table(
    "recovery_alarms",
    KEPT,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("contract", sa.Text, nullable=False, index=True),
    sa.Column("producer", sa.Text, nullable=False),
    sa.Column("is_firing", sa.Boolean, nullable=False),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("told_ms", sa.BigInteger, nullable=False),
    sa.Column("over_ms", sa.BigInteger, nullable=False),
    sa.Column("calm_ms", sa.BigInteger, nullable=False),
    sa.Column("dead_letters", sa.BigInteger, nullable=False),
    sa.Column("under", sa.Text, nullable=False),
    sa.Column(
        "revision", sa.BigInteger, nullable=False
    ),  # raised with every change: who read an older one changes nothing
)
OUTBOX = sa.Table(
    "recovery_alarm_outbox",
    KEPT,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),  # assay.api.alerts.v1.Measurement
)
LEASES = sa.Table(
    "recovery_alarm_lease",
    KEPT,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
)
NAMES = tuple(each.name for each in fields(Alarm))
LEASE = "alarms"
PREFIX = f"{Kind.FAILURE}/"
MAX_CAUSE = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """An alarm as it is to be kept, the measurement to publish of it (None for nothing), and its likely cause."""

    alarm: Alarm
    value: bytes | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A measurement that waits to be published."""

    seq: int
    name: str
    value: bytes


class AlarmStore:
    """Alarms, their outbox, and whose turn it is to look.

    Raises:
        StoreAwayError: from every method, when the store does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, holder: str, now_ms: int, until_ms: int) -> bool:
        """Take or keep the turn; say whether it is this process's."""
        return await self._database.run(partial(_lease, holder, now_ms, until_ms))

    async def is_empty(self) -> bool:
        """Whether nothing was ever kept here."""
        query = sa.select(sa.func.count()).select_from(ALARMS)
        return not await self._database.run(lambda transaction: transaction.scalar(query))

    async def held(self, contract: str) -> Mapping[str, Alarm]:
        """Return the alarms of a contract, by name."""
        query = sa.select(ALARMS).filter_by(contract=contract)
        rows = await self._database.run(lambda transaction: transaction.execute(query).mappings().all())
        return {row["name"]: _alarm(row) for row in rows}

    async def keep(self, said: Sequence[Said]) -> int:
        """Keep alarms with what is to be said of them; one that another process moved meanwhile stays as that left it.

        Returns how many were kept.
        """
        if not said:
            return 0
        return await self._database.run(lambda transaction: sum(_keep(transaction, each) for each in said))

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        """Return the oldest measurements that were not published yet."""
        query = sa.select(OUTBOX).order_by(OUTBOX.c.seq).limit(limit)
        rows = await self._database.run(lambda transaction: transaction.execute(query).mappings().all())
        return [Waiting(row["seq"], row["name"], row["value"]) for row in rows]

    async def published(self, waiting: Sequence[Waiting]) -> None:
        """Forget measurements that stand on their topic."""
        change = sa.delete(OUTBOX).where(OUTBOX.c.seq.in_([each.seq for each in waiting]))
        await self._database.run(lambda transaction: transaction.execute(change))


def _lease(holder: str, now_ms: int, until_ms: int, transaction: sa.Connection) -> bool:
    row = {"name": LEASE, "holder": holder, "until_ms": until_ms}
    if insert_missing(transaction, LEASES, [row]):
        return True
    mine = sa.or_(LEASES.c.holder == holder, LEASES.c.until_ms <= now_ms)
    change = sa.update(LEASES).where(LEASES.c.name == LEASE, mine).values(holder=holder, until_ms=until_ms)
    return transaction.execute(change).rowcount == 1


def _keep(transaction: sa.Connection, said: Said) -> bool:
    alarm = said.alarm
    row = dict(zip(NAMES, astuple(alarm), strict=True)) | {"kind": str(alarm.kind), "revision": alarm.revision + 1}
    if alarm.revision:
        held = sa.update(ALARMS).filter_by(name=alarm.name, revision=alarm.revision)
        is_kept = transaction.execute(held.values(**row)).rowcount == 1
    else:
        is_kept = insert_missing(transaction, ALARMS, [row]) == 1
    if is_kept:
        _tell(transaction, said)
    return is_kept


def _tell(transaction: sa.Connection, said: Said) -> None:
    alarm = said.alarm
    if said.value is not None:
        transaction.execute(sa.insert(OUTBOX).values(name=alarm.name, value=said.value))
    if alarm.kind is not Kind.FAILURE:
        return
    fingerprint = alarm.name.removeprefix(PREFIX)
    if alarm.is_firing:
        row = {"fingerprint": fingerprint, "since_ms": alarm.told_ms, "cause": clean(said.cause, MAX_CAUSE)}
        upsert(transaction, ALERTING, [row], lambda new: {"cause": new["cause"], "since_ms": new["since_ms"]})
    else:
        transaction.execute(sa.delete(ALERTING).filter_by(fingerprint=fingerprint))


def _alarm(row: sa.RowMapping) -> Alarm:
    return Alarm(**{name: row[name] for name in NAMES if name != "kind"}, kind=Kind(row["kind"]))
