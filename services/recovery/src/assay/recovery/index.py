"""The index of dead letters: a projection of the topics into SQL, rebuilt from them whenever it is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from assay.api.recovery.v1.recovery_pb2 import Failure
from assay.contracts import Contract, Repaired
from assay.recovery.letter import DeadLetter, Desk, read
from assay.runtime.database import Database
from assay.streaming import HeaderError, Record, headers
from assay.streaming.keys import Keys
from assay.telemetry import get_logger

__all__ = ["TABLES", "Index"]

TABLES = sa.MetaData()
LETTERS = sa.Table(
    "dead_letters",
    TABLES,
    sa.Column("source", sa.String(300), primary_key=True),  # of the dead letter: topic/partition/offset
    sa.Column("contract", sa.String(255), nullable=False, index=True),
    sa.Column("reason", sa.String(32), nullable=False, default=""),
    sa.Column("path", sa.String(1000), nullable=False, default=""),
    sa.Column("rule", sa.String(255), nullable=False, default=""),
    sa.Column("explanation", sa.String(1000), nullable=False, default=""),
    sa.Column("arrived_ms", sa.BigInteger, nullable=False, default=0),
    sa.Column("is_indexed", sa.Boolean, nullable=False, default=False),
    sa.Column("is_settled", sa.Boolean, nullable=False, default=False),
)
GROUP = (LETTERS.c.contract, LETTERS.c.reason, LETTERS.c.path, LETTERS.c.rule)


class Index:
    """The fold of the ledger over dead letters and settlements, and the reader of what it wrote.

    A settlement may be folded before its dead letter: either makes the row, the other completes it.
    """

    def __init__(self, database: Database, keys: Keys | None = None) -> None:
        self._database = database
        self._keys = keys
        self._desks: dict[str, Desk] = {}

    @property
    def topics(self) -> Sequence[str]:
        """The topics to fold: dead letters and settlements of every contract that is seated."""
        seated = [desk.contract.topics for desk in self._desks.values()]
        return sorted({name for topics in seated for name in (topics.dead_letters, topics.settled)})

    def seat(self, contract: Contract) -> None:
        """Explain this contract's dead letters by its version in force."""
        desk = Desk(contract)
        self._desks |= {contract.topics.dead_letters: desk, contract.topics.settled: desk}

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        desk = self._desks[records[0].topic]
        is_settlement = records[0].topic == desk.contract.topics.settled
        rows = [_settled(desk, record) if is_settlement else _indexed(desk, record, self._keys) for record in records]
        for row in filter(None, rows):
            insertion = insert(LETTERS).values(row)
            transaction.execute(insertion.on_conflict_do_update(index_elements=["source"], set_=dict(row)))

    async def failures(self, contract: str) -> list[Failure]:
        """Return the groups of dead letters of one contract, or of all where it is empty, the largest first."""
        query = (
            sa.select(
                *GROUP,
                sa.func.count().label("dead_letters"),
                sa.func.sum(sa.cast(LETTERS.c.is_settled, sa.Integer)).label("replayed"),
                sa.func.max(LETTERS.c.explanation).label("explanation"),
                sa.func.min(LETTERS.c.arrived_ms).label("first_seen_ms"),
                sa.func.max(LETTERS.c.arrived_ms).label("last_seen_ms"),
            )
            .where(LETTERS.c.is_indexed, sa.or_(LETTERS.c.contract == contract, sa.literal(not contract)))
            .group_by(*GROUP)
            .order_by(sa.func.count().desc())
        )
        return await self._database.run(
            lambda transaction: [Failure(**row) for row in transaction.execute(query).mappings()]
        )


def _indexed(desk: Desk, record: Record, keys: Keys | None) -> Mapping[str, object] | None:
    try:
        letter = read(record, keys)
    except HeaderError as error:
        get_logger().warning("dead_letter.unreadable", error=str(error))
        return None
    first = letter.violations[0] if letter.violations else None
    return {
        "source": str(headers.source_of(record)),
        "contract": desk.contract.id,
        "reason": letter.reason,
        "path": first.path if first else "",
        "rule": first.rule if first else "",
        "explanation": _explanation(desk, letter),
        "arrived_ms": letter.arrived_ms,
        "is_indexed": True,
    }


def _explanation(desk: Desk, letter: DeadLetter) -> str:
    """Say why a dead letter stays; nothing for one that goes back."""
    found = desk.repair(letter)
    return "" if isinstance(found, Repaired) else found.explanation


def _settled(desk: Desk, record: Record) -> Mapping[str, object]:
    return {"source": (record.key or b"").decode(errors="replace"), "contract": desk.contract.id, "is_settled": True}
