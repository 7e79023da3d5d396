"""Keeps the alerts that wait for their channels: posted with the breach, claimed by one courier, settled once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from assay.alerts.breaches import State
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.delivery.payload import read_delivery, write_delivery
from assay.alerts.delivery.tables import CHANNELS, DELIVERIES
from assay.runtime.database import Database
from assay.runtime.rows import insert_missing

__all__ = ["Claim", "DeliveryStore", "Rest", "post"]

Found = TypeVar("Found")

MOST_REPEATED = 10_000
MOST_FORGOTTEN = 500
UNREADABLE = "what was kept of it can't be read"
OVERTAKEN = "it was over before it could be sent: told with its end"
STALE = "nobody could send it in time; is its channel still in the channels file?"
_ROW = DELIVERIES.c


def post(connection: sa.Connection, deliveries: Iterable[Delivery]) -> None:
    """Keep the alerts, to be sent in this order; one whose key is kept already changes nothing."""
    kept = set[str]()
    rows = {_storable(delivery.key): _values(delivery) for delivery in deliveries}
    if rows:
        kept.update(connection.scalars(sa.select(_ROW.key).where(_ROW.key.in_(list(rows)))))
    if fresh := [row for key, row in rows.items() if key not in kept]:
        connection.execute(sa.insert(DELIVERIES), fresh)


@dataclass(frozen=True, slots=True)
class Claim:
    """An alert that one courier sends, until the lease ends; `attempts` counts those that failed."""

    seq: int
    delivery: Delivery
    attempts: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Rest:
    """A channel that failed so many times in a row, and is left alone until then."""

    failures: int
    until_ms: int


class DeliveryStore:
    """The alerts of all channels; several processes may claim from it.

    Raises:
        StoreAwayError: from every method, when the database does not answer.
    """

    def __init__(self, database: Database, member: str) -> None:
        self._database = database
        self._member = member

    async def open(self, channels: Sequence[str]) -> None:
        """Make the channels known, and take back what a process of this name had claimed when it ended."""
        await self._database.run(partial(_open, channels, self._member))

    async def claim(self, channel: str, now_ms: int, lease_ms: int, most: int, *, merges: bool = False) -> list[Claim]:
        """Claim up to so many alerts that are due, the longest due first; none while the channel rests.

        None is claimed before those of its target and fingerprint that were posted earlier are settled. Where the
        channel `merges`, a firing that waits together with its end is given up in favour of the end.
        """
        return await self._database.run(partial(_claim, channel, self._member, now_ms, lease_ms, most, merges))

    async def delivered(self, claim: Claim, now_ms: int) -> None:
        """Settle an alert that the channel took."""
        await self._database.run(partial(_delivered, claim, now_ms))

    async def later(self, claim: Claim, error: str, now_ms: int, next_try_ms: int, rest: Rest) -> None:
        """Put an alert back, to be tried again at the time, and let its channel rest."""
        await self._database.run(partial(_later, claim, self._member, error, now_ms, next_try_ms, rest))

    async def gave_up(self, claim: Claim, error: str, now_ms: int) -> None:
        """Settle an alert that is not tried again."""
        await self._database.run(partial(_gave_up, claim, error, now_ms))

    async def give_up_stale(self, now_ms: int, created_before_ms: int) -> int:
        """Give up what has waited since before that time, of whatever channel; return how many there were."""
        return await self._database.run(partial(_give_up_stale, now_ms, created_before_ms))

    async def forget(self, created_before_ms: int) -> int:
        """Drop what was settled and posted before that time, but for what still fires; return how many there were."""
        return await self._database.run(partial(_forget, created_before_ms))

    async def repeat(self, channel: str, now_ms: int, lease_ms: int, every_ms: int) -> list[Claim]:
        """Claim all that was delivered firing and is not over, unless that was done within `every_ms`."""
        return await self._database.run(partial(_repeat, channel, self._member, now_ms, lease_ms, every_ms))

    async def release(self, claims: Sequence[Claim]) -> None:
        """Give back what was claimed to be repeated."""
        change = sa.update(DELIVERIES).where(_ROW.seq.in_([claim.seq for claim in claims])).values(claimed_until_ms=0)
        await self._database.run(lambda connection: connection.execute(change))

    async def firing(self, delivery: Delivery) -> Delivery:
        """Return the firing that an alert ends, as it was posted; the alert itself where none was."""
        return await self._database.run(partial(_firing, delivery))

    async def read(self, query: Callable[[sa.Connection], Found]) -> Found:
        """Return what a query of `delivery.standing` answers."""
        return await self._database.run(query)


def _values(delivery: Delivery) -> dict[str, object]:
    return {
        "key": _storable(delivery.key),
        "breach": delivery.breach,
        "fingerprint": delivery.fingerprint,
        "state": delivery.state.value,
        "channel": delivery.channel,
        "target": _storable(delivery.target),
        "payload": write_delivery(delivery),
        "created_ms": delivery.at_ms,
        "waits": True,
        "next_try_ms": delivery.at_ms,
        "attempts": 0,
        "claimed_by": "",
        "claimed_until_ms": 0,
        "error": "",
    }


def _storable(text: str) -> str:
    """The text as every database keeps it: PostgreSQL takes no NUL and no half of a character."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _open(channels: Sequence[str], member: str, connection: sa.Connection) -> None:
    new = {"turn": 0, "not_before_ms": 0, "failures": 0, "repeated_ms": 0, "error": ""}
    insert_missing(connection, CHANNELS, [{"name": name, **new} for name in channels])
    claimed = (_ROW.claimed_by == member) & (_ROW.claimed_until_ms > 0)
    connection.execute(sa.update(DELIVERIES).where(claimed).values(claimed_until_ms=0))


def _claim(
    channel: str, member: str, now_ms: int, lease_ms: int, most: int, merges: bool, connection: sa.Connection
) -> list[Claim]:
    due = (_ROW.channel == channel) & _ROW.waits & (_ROW.next_try_ms <= now_ms)
    if connection.execute(sa.select(_ROW.seq).where(due).limit(1)).first() is None:
        return []
    if _turn(connection, channel).not_before_ms > now_ms:
        return []
    if merges:
        _merge(connection, channel, now_ms)
    ready = due & (_ROW.claimed_until_ms <= now_ms) & ~_earlier(now_ms)
    query = sa.select(DELIVERIES).where(ready).order_by(_ROW.next_try_ms, _ROW.seq).limit(most)
    return _take(connection, query, member, now_ms, lease_ms)


def _turn(connection: sa.Connection, channel: str) -> sa.Row[tuple[object, ...]]:
    """Wait until no other process claims of this channel: its row is held until this transaction ends."""
    mine = CHANNELS.c.name == channel
    connection.execute(sa.update(CHANNELS).where(mine).values(turn=CHANNELS.c.turn + 1))
    return connection.execute(sa.select(CHANNELS).where(mine)).one()


def _earlier(now_ms: int) -> sa.ColumnElement[bool]:
    """Whether one of the same line was posted earlier, and waits or is under way."""
    other = DELIVERIES.alias("earlier")
    is_open = other.c.waits | (other.c.claimed_until_ms > now_ms)
    return sa.exists().where(_same_line(other), other.c.seq < _ROW.seq, is_open)


def _ended(*, waits: bool) -> sa.ColumnElement[bool]:
    """Whether the end of the same breach was posted for the same target."""
    other = DELIVERIES.alias("ending")
    is_end = (other.c.breach == _ROW.breach) & (other.c.state == State.RESOLVED.value)
    return sa.exists().where(_same_line(other), is_end, other.c.waits if waits else sa.true())


def _same_line(other: sa.FromClause) -> sa.ColumnElement[bool]:
    return (
        (other.c.channel == _ROW.channel) & (other.c.fingerprint == _ROW.fingerprint) & (other.c.target == _ROW.target)
    )


def _merge(connection: sa.Connection, channel: str, now_ms: int) -> None:
    idle = _ROW.waits & (_ROW.claimed_until_ms <= now_ms)
    overtaken = (_ROW.channel == channel) & idle & (_ROW.state == State.FIRING.value) & _ended(waits=True)
    seqs = list(connection.scalars(sa.select(_ROW.seq).where(overtaken)))
    _settle(connection, seqs, gave_up_ms=now_ms, error=OVERTAKEN)


def _take(
    connection: sa.Connection, query: sa.Select[tuple[object, ...]], member: str, now_ms: int, lease_ms: int
) -> list[Claim]:
    claims: list[Claim] = []
    for row in connection.execute(query).all():
        try:
            claims.append(Claim(row.seq, read_delivery(row.payload), row.attempts, row.created_ms))
        except (ValueError, KeyError, TypeError, AttributeError):
            _settle(connection, [row.seq], gave_up_ms=now_ms, error=UNREADABLE)
    mine = _ROW.seq.in_([claim.seq for claim in claims])
    held = {"claimed_by": member, "claimed_until_ms": now_ms + lease_ms}
    connection.execute(sa.update(DELIVERIES).where(mine).values(**held))
    return claims


def _settle(connection: sa.Connection, seqs: Sequence[int], **outcome: object) -> None:
    change = sa.update(DELIVERIES).where(_ROW.seq.in_(seqs)).values(waits=False, claimed_until_ms=0, **outcome)
    connection.execute(change)


def _delivered(claim: Claim, now_ms: int, connection: sa.Connection) -> None:
    _settle(connection, [claim.seq], delivered_ms=now_ms, gave_up_ms=None, error="")
    well = {"not_before_ms": 0, "failures": 0, "error": ""}
    mine = (CHANNELS.c.name == claim.delivery.channel) & (CHANNELS.c.error != "")
    connection.execute(sa.update(CHANNELS).where(mine).values(**well))


def _later(
    claim: Claim, member: str, error: str, now_ms: int, next_try_ms: int, rest: Rest, connection: sa.Connection
) -> None:
    mine = (_ROW.seq == claim.seq) & (_ROW.claimed_by == member) & _ROW.waits
    tried = {"attempts": claim.attempts + 1, "next_try_ms": next_try_ms, "claimed_until_ms": 0, "error": error}
    connection.execute(sa.update(DELIVERIES).where(mine).values(**tried))
    resting = {"failures": rest.failures, "not_before_ms": rest.until_ms}
    _failed(connection, claim, error, now_ms, **resting)


def _gave_up(claim: Claim, error: str, now_ms: int, connection: sa.Connection) -> None:
    mine = (_ROW.seq == claim.seq) & _ROW.waits
    over = {"waits": False, "claimed_until_ms": 0, "gave_up_ms": now_ms, "attempts": claim.attempts + 1}
    connection.execute(sa.update(DELIVERIES).where(mine).values(error=error, **over))
    _failed(connection, claim, error, now_ms)


def _failed(connection: sa.Connection, claim: Claim, error: str, now_ms: int, **resting: int) -> None:
    mine = CHANNELS.c.name == claim.delivery.channel
    connection.execute(sa.update(CHANNELS).where(mine).values(error=error, failed_ms=now_ms, **resting))


def _give_up_stale(now_ms: int, created_before_ms: int, connection: sa.Connection) -> int:
    stale = _ROW.waits & (_ROW.created_ms < created_before_ms) & (_ROW.claimed_until_ms <= now_ms)
    over = {"waits": False, "gave_up_ms": now_ms, "error": sa.func.coalesce(sa.func.nullif(_ROW.error, ""), STALE)}
    return connection.execute(sa.update(DELIVERIES).where(stale).values(**over)).rowcount


def _forget(created_before_ms: int, connection: sa.Connection) -> int:
    """A few at a time, so that nobody waits long for the table."""
    fires = (_ROW.state == State.FIRING.value) & ~_ended(waits=False)
    old = ~_ROW.waits & (_ROW.created_ms < created_before_ms) & ~fires
    seqs = list(connection.scalars(sa.select(_ROW.seq).where(old).order_by(_ROW.seq).limit(MOST_FORGOTTEN)))
    connection.execute(sa.delete(DELIVERIES).where(_ROW.seq.in_(seqs)))
    return len(seqs)


def _repeat(
    channel: str, member: str, now_ms: int, lease_ms: int, every_ms: int, connection: sa.Connection
) -> list[Claim]:
    mine = CHANNELS.c.name == channel
    last_ms = connection.scalar(sa.select(CHANNELS.c.repeated_ms).where(mine))
    if last_ms is None or last_ms + every_ms > now_ms or _turn(connection, channel).repeated_ms + every_ms > now_ms:
        return []
    connection.execute(sa.update(CHANNELS).where(mine).values(repeated_ms=now_ms))
    firing = (_ROW.channel == channel) & (_ROW.state == State.FIRING.value) & _ROW.delivered_ms.is_not(None)
    idle = _ROW.claimed_until_ms <= now_ms
    query = sa.select(DELIVERIES).where(firing, idle, ~_ended(waits=False)).order_by(_ROW.seq).limit(MOST_REPEATED)
    return _take(connection, query, member, now_ms, lease_ms)


def _firing(delivery: Delivery, connection: sa.Connection) -> Delivery:
    """Of the same breach in the same channel: its start is what the other side knows the problem by."""
    mine = (_ROW.breach == delivery.breach) & (_ROW.channel == delivery.channel)
    query = sa.select(_ROW.payload).where(mine, _ROW.state == State.FIRING.value).order_by(_ROW.seq).limit(1)
    payload = connection.scalar(query)
    return delivery if payload is None else read_delivery(payload)
