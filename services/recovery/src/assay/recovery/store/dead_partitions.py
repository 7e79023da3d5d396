"""How far the dead letters of a partition are folded: what stands before its first one, or after its last, is counted nowhere."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from assay.recovery.store.tables import DEAD_PARTITIONS
from assay.recovery.store.upsert import upsert

__all__ = ["DeadPartition", "held", "moved", "settled_by"]


@dataclass(frozen=True, slots=True)
class DeadPartition:
    """From where to where the dead letters of a partition are folded; both None while none is."""

    topic: str
    partition: int
    first_offset: int | None = None
    next_offset: int | None = None

    def counts(self, offset: int) -> bool:
        """Whether the dead letter of this offset is counted."""
        if self.first_offset is None or self.next_offset is None:
            return False
        return self.first_offset <= offset < self.next_offset


def held(transaction: sa.Connection, topic: str, partition: int) -> DeadPartition:
    """Return a partition, held until the transaction ends: who folds something else of it waits, on every database."""
    row = {"topic": topic, "partition": partition}
    upsert(transaction, DEAD_PARTITIONS, [row], lambda new: {"topic": new["topic"]})
    columns = sa.select(DEAD_PARTITIONS.c.first_offset, DEAD_PARTITIONS.c.next_offset)
    first, after = transaction.execute(columns.filter_by(**row)).one()
    return DeadPartition(topic, partition, first, after)


def moved(transaction: sa.Connection, dead: DeadPartition) -> None:
    """Write how far a held partition is folded now."""
    change = sa.update(DEAD_PARTITIONS).filter_by(topic=dead.topic, partition=dead.partition)
    transaction.execute(change.values(first_offset=dead.first_offset, next_offset=dead.next_offset))


def settled_by(transaction: sa.Connection, dead: DeadPartition, topic: str) -> None:
    """Write which topic the settlements of a held partition come from."""
    change = sa.update(DEAD_PARTITIONS).filter_by(topic=dead.topic, partition=dead.partition)
    transaction.execute(change.values(settled_topic=topic))
