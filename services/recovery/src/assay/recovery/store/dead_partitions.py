"""How far the dead letters of a partition are folded: what stands before its first one, or after its last, is counted nowhere."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from assay.recovery.store.tables import DEAD_PARTITIONS
from assay.recovery.store.upsert import upsert

__all__ = ["DeadPartition", "held", "moved", "settled_by"]

HELD = ("topic",)
"""What is written again as it is, to hold the row."""

COLUMNS = DEAD_PARTITIONS.c
READ = sa.select(COLUMNS.first_offset, COLUMNS.next_offset).where(
    COLUMNS.topic == sa.bindparam("topic"), COLUMNS.partition == sa.bindparam("partition")
)
THIS = sa.update(DEAD_PARTITIONS).where(
    COLUMNS.topic == sa.bindparam("its_topic"), COLUMNS.partition == sa.bindparam("its_partition")
)
MOVE = THIS.values({name: sa.bindparam(name) for name in ("first_offset", "next_offset")})
SETTLE = THIS.values(settled_topic=sa.bindparam("settled_topic"))


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
    upsert(transaction, DEAD_PARTITIONS, [row], HELD)
    first, after = transaction.execute(READ, row).one()
    return DeadPartition(topic, partition, first, after)


def moved(transaction: sa.Connection, dead: DeadPartition) -> None:
    """Write how far a held partition is folded now."""
    transaction.execute(
        MOVE,
        {
            "its_topic": dead.topic,
            "its_partition": dead.partition,
            "first_offset": dead.first_offset,
            "next_offset": dead.next_offset,
        },
    )


def settled_by(transaction: sa.Connection, dead: DeadPartition, topic: str) -> None:
    """Write which topic the settlements of a held partition come from."""
    transaction.execute(SETTLE, {"its_topic": dead.topic, "its_partition": dead.partition, "settled_topic": topic})
