"""A database of SQLite that is asked by many serves them in turn, where it is told to."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from assay.runtime.database import Database

TABLES = sa.MetaData()
NOTES = sa.Table("notes", TABLES, sa.Column("who", sa.String), sa.Column("number", sa.Integer))
MANY = 40


def note(who: str, number: int, transaction: sa.Connection) -> None:
    transaction.execute(sa.insert(NOTES).values(who=who, number=number))


async def test_one_who_writes_all_the_time_keeps_nobody_from_it(tmp_path: Path) -> None:
    asked, done = asyncio.Event(), list[str]()
    async with Database(f"sqlite:///{tmp_path / 'store.db'}", "STORE", TABLES, in_turn=True) as database:

        async def write_much() -> None:
            for number in range(MANY):
                if number == MANY // 4:
                    asked.set()
                await database.run(partial(note, "much", number))
                done.append("much")

        async def write_once() -> None:
            await asked.wait()
            await database.run(partial(note, "once", 0))
            done.append("once")

        async with asyncio.TaskGroup() as group:
            group.create_task(write_once())
            group.create_task(write_much())
        assert MANY // 4 <= done.index("once") <= MANY // 4 + 2
