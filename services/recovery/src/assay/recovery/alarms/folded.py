"""Whether the index has folded what stood on the topics: before that, its counts say less than is true."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from assay.recovery.store import LEDGER
from assay.runtime.database import Database
from assay.streaming import Partition, scan
from assay.streaming.ledger import POSITIONS

__all__ = ["ends_of", "is_folded"]

LOOKED_AT = 32
"""Offsets before the end of which the last one that is a record is taken; the rest are marks of transactions."""


async def ends_of(broker: str, topics: Collection[str]) -> Mapping[Partition, int]:
    """Return the offset after the last record of each partition that has one near its end.

    Raises:
        BrokerError, TopicError: the broker does not say.
    """
    ends: dict[Partition, int] = {}
    async for records in scan(broker, topics, last=LOOKED_AT):
        for record in records:
            ends[Partition(record.topic, record.partition)] = record.offset + 1
    return ends


async def is_folded(database: Database, ends: Mapping[Partition, int]) -> bool:
    """Whether the index has gone past all of these.

    Raises:
        StoreAwayError: the store does not answer.
    """
    query = sa.select(POSITIONS).filter_by(ledger=LEDGER)
    rows = await database.run(lambda transaction: transaction.execute(query).mappings().all())
    found = {Partition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return all(found.get(partition, 0) >= end for partition, end in ends.items())
