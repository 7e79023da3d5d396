"""Replays on their way: which wait for validation, and how many of each failure it went past."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from assay.contracts import Contract
from assay.recovery.store import failure_rows
from assay.recovery.store.account import Account
from assay.recovery.store.dead_partitions import DeadPartition, held
from assay.recovery.store.letters import FINGERPRINT
from assay.recovery.store.places import offset_in, partition_text
from assay.recovery.store.tables import JUDGED_TO, PENDING
from assay.recovery.store.upsert import insert_missing
from assay.streaming import Record, headers

__all__ = ["fold", "judge"]

Place = tuple[int, int]
"""Offset of a replay, and of the dead letter that it came from."""

READY = (
    sa.select(PENDING, JUDGED_TO.c.next_offset.label("judged_to"))
    .join(JUDGED_TO, sa.and_(JUDGED_TO.c.topic == PENDING.c.topic, JUDGED_TO.c.partition == PENDING.c.partition))
    .where(
        PENDING.c.topic == sa.bindparam("topic"),
        PENDING.c.partition == sa.bindparam("partition"),
        PENDING.c.first_offset < JUDGED_TO.c.next_offset,
        PENDING.c.first_origin < sa.bindparam("dead_to"),
    )
)


def fold(transaction: sa.Connection, contract: Contract, records: Sequence[Record]) -> None:
    """Take in replays; those of before failures had names are in no account."""
    dead = held(transaction, contract.topics.dead_letters, records[0].partition)
    here = partition_text(dead.topic, dead.partition)
    waiting: defaultdict[bytes, list[Place]] = defaultdict(list)
    for record in records:
        found = dict(record.headers)
        origin = offset_in(here, found.get(headers.DEAD_LETTER))
        if origin is not None:
            waiting[found.get(headers.FAILURE) or b""].append((record.offset, origin))
    newest_ms = max(record.timestamp_ms for record in records)
    for named, places in waiting.items():
        failure = named.decode(errors="replace")
        if FINGERPRINT.fullmatch(failure):
            _wait(transaction, contract, records[0].partition, failure, places, newest_ms)
    judge(transaction, contract, dead)


def judge(transaction: sa.Connection, contract: Contract, dead: DeadPartition) -> None:
    """Count the replays that validation went past and whose dead letters are folded; the partition is held."""
    if dead.next_offset is None:
        return
    replays = {"topic": contract.topics.raw_replay, "partition": dead.partition}
    counts: Counter[str] = Counter()
    for row in transaction.execute(READY, {**replays, "dead_to": dead.next_offset}).mappings().all():
        places, judged_to = _places(row["places"]), row["judged_to"]
        left = [place for place in places if place[0] >= judged_to or place[1] >= dead.next_offset]
        counts[row["failure"]] += sum(dead.counts(place[1]) for place in {*places} - {*left})
        transaction.execute(sa.delete(PENDING).filter_by(**replays, first_offset=row["first_offset"]))
        if left:
            _wait(transaction, contract, dead.partition, row["failure"], left, row["newest_ms"])
    accounts = {failure: Account(counts=Counter(judged=count)) for failure, count in counts.items() if count}
    failure_rows.add(transaction, contract.id, accounts)


def _wait(
    transaction: sa.Connection,
    contract: Contract,
    partition: int,
    failure: str,
    places: Sequence[Place],
    newest_ms: int,
) -> None:
    row = {
        "topic": contract.topics.raw_replay,
        "partition": partition,
        "first_offset": places[0][0],
        "failure": failure,
        "contract": contract.id,
        "first_origin": min(origin for _, origin in places),
        "newest_ms": newest_ms,
        "places": _packed(places),
    }
    insert_missing(transaction, PENDING, [row])


def _packed(places: Iterable[Place]) -> bytes:
    return array("q", [number for place in places for number in place]).tobytes()


def _places(packed: bytes) -> list[Place]:
    numbers = array("q", packed)
    return list(zip(numbers[::2], numbers[1::2], strict=True))
