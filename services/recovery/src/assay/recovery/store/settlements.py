"""Settlements, folded: which offsets are settled, how many of each failure, and by which run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.contracts import Contract
from assay.recovery.store import failure_rows
from assay.recovery.store.account import Account
from assay.recovery.store.bits import BLOCK_OFFSETS, OUTCOMES, Outcomes
from assay.recovery.store.dead_partitions import held, settled_by
from assay.recovery.store.letters import FINGERPRINT
from assay.recovery.store.places import offset_in, partition_text
from assay.recovery.store.run_rows import add_settled
from assay.recovery.store.tables import SETTLED
from assay.recovery.store.upsert import upsert
from assay.streaming import Record
from assay.telemetry import get_logger

__all__ = ["fold", "outcomes"]

OUTCOME = {
    pb.OUTCOME_UNSPECIFIED: "replayed",  # as every settlement was before there were others
    pb.OUTCOME_REPLAYED: "replayed",
    pb.OUTCOME_DISCARDED: "discarded",
    pb.OUTCOME_QUARANTINED: "quarantined",
}

BLOCKS = sa.select(SETTLED).where(
    SETTLED.c.topic == sa.bindparam("topic"),
    SETTLED.c.partition == sa.bindparam("partition"),
    SETTLED.c.block.in_(sa.bindparam("blocks", expanding=True)),
)


class _Settled(NamedTuple):
    """How a dead letter ended, the failure it is one of, and the run that did it; both may be empty."""

    outcome: str
    failure: str
    run: str


def fold(transaction: sa.Connection, contract: Contract, records: Sequence[Record]) -> None:
    """Take in what became of dead letters.

    A settlement counts with its failure once its dead letter is folded too: here where that came first, else there. One
    that names no failure, from before they were named, counts only where it comes first.
    """
    topic, partition = contract.topics.dead_letters, records[0].partition
    dead = held(transaction, topic, partition)
    here = partition_text(topic, partition)
    found = [(offset, _read(record.value)) for record in records if (offset := offset_in(here, record.key)) is not None]
    if len(found) < len(records):
        get_logger().warning("settlement.unreadable", topic=records[0].topic, records=len(records) - len(found))
    settled = outcomes(transaction, topic, partition, {offset // BLOCK_OFFSETS for offset, _ in found})
    accounts: defaultdict[str, Account] = defaultdict(Account)
    runs: Counter[str] = Counter()
    for offset, settlement in found:
        if settled.settle(offset, settlement.outcome):
            runs[settlement.run] += 1
            if dead.counts(offset):
                accounts[settlement.failure].counts[settlement.outcome] += 1
    accounts.pop("", None)
    del runs[""]
    _keep(transaction, topic, partition, settled)
    settled_by(transaction, dead, records[0].topic)
    failure_rows.add(transaction, contract.id, accounts)
    add_settled(transaction, contract.id, runs)


def outcomes(transaction: sa.Connection, topic: str, partition: int, blocks: Collection[int]) -> Outcomes:
    """Return what is known of some blocks of a dead-letter partition."""
    wanted = {"topic": topic, "partition": partition, "blocks": sorted(blocks)}
    return Outcomes(
        {
            row["block"]: {outcome: bytearray(row[outcome]) for outcome in OUTCOMES if row[outcome]}
            for row in transaction.execute(BLOCKS, wanted).mappings()
        }
    )


def _keep(transaction: sa.Connection, topic: str, partition: int, settled: Outcomes) -> None:
    rows = [
        {
            "topic": topic,
            "partition": partition,
            "block": number,
            **{outcome: bytes(block.get(outcome, b"")) for outcome in OUTCOMES},
        }
        for number, block in settled.blocks.items()
    ]
    upsert(transaction, SETTLED, rows, OUTCOMES)


@lru_cache(maxsize=1_024)
def _read(value: bytes | None) -> _Settled:
    """What a settlement says; many of a chunk are the same."""
    try:
        found = pb.Settlement.FromString(value or b"")
    except DecodeError:
        found = pb.Settlement()
    failure = found.failure if FINGERPRINT.fullmatch(found.failure) else ""
    return _Settled(OUTCOME.get(found.outcome, "discarded"), failure, found.run)
