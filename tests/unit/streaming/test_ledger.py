"""What was read before a rebalance is not folded a second time after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from assay.runtime.database import Database
from assay.streaming import Partition, Record
from assay.streaming.ledger import TABLES, Ledger

PLACE = Partition("numbers", 0)


class Noting:
    """Notes the offsets that it folds."""

    def __init__(self) -> None:
        self.folded: list[int] = []

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        self.folded += [record.offset for record in records]


def records(first: int, after: int) -> list[Record]:
    return [Record(*PLACE, offset, 0, None, b"") for offset in range(first, after)]


async def test_a_chunk_of_before_a_rebalance_is_folded_only_where_the_store_lacks_it(tmp_path: Path) -> None:
    fold = Noting()
    async with Database(f"sqlite:///{tmp_path / 'store.db'}", "STORE", TABLES) as database:
        ledger = Ledger("broker", "test", database, fold)
        await ledger.assigned([PLACE])
        await ledger._settle(PLACE, records(0, 4))
        await ledger.revoked([PLACE])
        await ledger.assigned([PLACE])
        await ledger._settle(PLACE, records(0, 4))
        await ledger._settle(PLACE, records(2, 6))
        assert await ledger.assigned([PLACE]) == {PLACE: 6}
    assert fold.folded == [0, 1, 2, 3, 4, 5]
