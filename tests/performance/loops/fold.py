"""The index of recovery alone: its ledger over one dead-letter topic, into a store of its own."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from assay.contracts import Contract, load
from assay.recovery.__main__ import GARBAGE_AFTER
from assay.recovery.store.fold import IndexFold
from assay.recovery.store.tables import prepare
from assay.runtime import SystemClock
from assay.runtime.database import Database
from assay.streaming import Record
from assay.streaming.ledger import Ledger
from tests.performance.meter import Meter

__all__: list[str] = []


class Counted:
    """The fold, and how many records it has folded."""

    def __init__(self, fold: IndexFold, meter: Meter) -> None:
        self._fold = fold
        self._meter = meter
        self.through = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        self._fold.apply(transaction, records)
        self._meter.saw(len(records))
        if self._meter.is_through:
            self._loop.call_soon_threadsafe(self.through.set)


async def fold(broker: str, contract: Contract, store: str, group: str, records: int) -> None:
    """Fold so many."""
    gc.set_threshold(GARBAGE_AFTER)  # as the service does
    index = IndexFold(SystemClock())
    index.seat(contract)
    counted = Counted(index, Meter(records))
    async with (
        Database(store, "the store", prepare) as database,
        Ledger(broker, group, database, counted) as ledger,
    ):
        ledger.subscribe([contract.topics.dead_letters])
        await counted.through.wait()


if __name__ == "__main__":
    asyncio.run(fold(sys.argv[1], load(Path(sys.argv[2]).read_bytes()), sys.argv[3], sys.argv[4], int(sys.argv[5])))
