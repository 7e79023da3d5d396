"""Reads which dead letters of a partition are settled."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from assay.recovery.store.bits import OUTCOMES, union
from assay.recovery.store.tables import DEAD_PARTITIONS, LEDGER, SETTLED
from assay.runtime.database import Database
from assay.streaming.ledger import POSITIONS

__all__ = ["SettledOffsets"]


class SettledOffsets:
    """What the index knows of settlements, and up to where."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        """Return where to read on in the settlements of a dead-letter partition, None for their beginning, and what is before.

        Block n has 8,192 bytes: bit i of it is the dead letter at offset n * 65,536 + i, the least significant bit first.

        Raises:
            StoreAwayError: the store does not answer.
        """
        rows = await self._database.run(lambda transaction: transaction.execute(_query(topic, partition)).all())
        if not rows:
            return None, {}
        blocks = {row.block: union(getattr(row, outcome) for outcome in OUTCOMES) for row in rows}
        return rows[0].next_offset, {number: bits for number, bits in blocks.items() if number is not None}


def _query(topic: str, partition: int) -> sa.Select[tuple[int, int, bytes, bytes, bytes]]:
    """Position and blocks in one statement, which sees one moment on every database."""
    dead = DEAD_PARTITIONS.c
    is_position = sa.and_(
        POSITIONS.c.ledger == LEDGER,
        POSITIONS.c.topic == dead.settled_topic,
        POSITIONS.c.partition == dead.partition,
    )
    is_block = sa.and_(SETTLED.c.topic == dead.topic, SETTLED.c.partition == dead.partition)
    joined = DEAD_PARTITIONS.join(POSITIONS, is_position).outerjoin(SETTLED, is_block)
    columns = (POSITIONS.c.next_offset, SETTLED.c.block, *(SETTLED.c[outcome] for outcome in OUTCOMES))
    return sa.select(*columns).select_from(joined).where(dead.topic == topic, dead.partition == partition)
