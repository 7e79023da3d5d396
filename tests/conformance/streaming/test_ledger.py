"""A ledger folds every record once: state and position move together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from assay.runtime.database import Database
from assay.streaming import Outgoing, Publisher, Record, TopicSpec, apply_topics
from assay.streaming.ledger import Ledger
from assay.testkit import eventually

RECORDS = 3_000
TABLES = sa.MetaData()
SUMS = sa.Table("sums", TABLES, sa.Column("key", sa.String, primary_key=True), sa.Column("total", sa.Integer))


class Summing:
    """Adds up numbers by key; fails at a chunk when told to, after it has written."""

    def __init__(self) -> None:
        self.fails = 0

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        for record in records:
            key, number = (record.key or b"").decode(), json.loads(record.value or b"0")
            known = transaction.scalar(sa.select(SUMS.c.total).where(SUMS.c.key == key))
            if known is None:
                transaction.execute(SUMS.insert().values(key=key, total=number))
            else:
                transaction.execute(SUMS.update().where(SUMS.c.key == key).values(total=known + number))
        if self.fails:
            self.fails -= 1
            raise OSError("the disk is gone")


@asynccontextmanager
async def numbers(bootstrap: str, topic: str) -> AsyncIterator[dict[str, int]]:
    """Numbers by key on a topic of three partitions, and what they add up to."""
    await apply_topics(bootstrap, [TopicSpec(topic, 3)])
    async with Publisher(bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, None, f"k{n % 7}".encode(), str(n).encode()) for n in range(RECORDS)])
    yield {f"k{key}": sum(range(key, RECORDS, 7)) for key in range(7)}


async def sums(database: Database) -> dict[str, int]:
    return await database.run(lambda transaction: {row.key: row.total for row in transaction.execute(sa.select(SUMS))})


async def test_a_fold_that_fails_after_writing_is_folded_once(
    bootstrap: str, unique: Callable[[str], str], tmp_path: Path
) -> None:
    topic, url, fold = unique("numbers"), f"sqlite:///{tmp_path / 'ledger.db'}", Summing()
    async with numbers(bootstrap, topic) as expected, Database(url, "STORE", TABLES) as database:
        fold.fails = 1
        failed = asyncio.Event()
        try:
            async with Ledger(bootstrap, topic, database, fold, member="one") as ledger:
                ledger.subscribe([topic])
                await asyncio.wait_for(failed.wait(), timeout=60)
        except* OSError:
            pass
        async with Ledger(bootstrap, topic, database, fold, member="one") as ledger:
            ledger.subscribe([topic])
            await eventually(lambda: _equals(database, expected), within_s=60)


async def test_restarted_ledger_goes_on_where_it_stood(
    bootstrap: str, unique: Callable[[str], str], tmp_path: Path
) -> None:
    topic, url = unique("restarts"), f"sqlite:///{tmp_path / 'ledger.db'}"
    async with Database(url, "STORE", TABLES) as database:
        for times in (1, 2):
            async with (
                numbers(bootstrap, topic) as expected,
                Ledger(bootstrap, topic, database, Summing(), member="one") as ledger,
            ):
                ledger.subscribe([topic])
                await eventually(
                    partial(_equals, database, {key: times * total for key, total in expected.items()}), within_s=60
                )


async def test_two_ledgers_over_one_store_fold_every_record_once(
    bootstrap: str, unique: Callable[[str], str], tmp_path: Path
) -> None:
    topic, url = unique("shared"), f"sqlite:///{tmp_path / 'ledger.db'}"
    async with (
        numbers(bootstrap, topic) as expected,
        Database(url, "STORE", TABLES) as database,
        Ledger(bootstrap, topic, database, Summing(), member="one") as one,
        Ledger(bootstrap, topic, database, Summing(), member="two") as two,
    ):
        one.subscribe([topic])
        two.subscribe([topic])
        await eventually(lambda: _equals(database, expected), within_s=60)


async def _equals(database: Database, expected: dict[str, int]) -> bool:
    return await sums(database) == expected
