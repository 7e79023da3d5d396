"""References on PostgreSQL: many set at once, and every process knows the same one in the end."""

from __future__ import annotations

import asyncio

from assay.drift.references import LEARNT, TABLES, References
from assay.runtime.database import Database
from tests.integration.registry.postgres import postgres
from tests.unit.drift.references.test_references import Ticking, known
from tests.unit.drift.watched import counts_of, paper_of, profile_text, table_of

SETTERS = 6


async def test_of_many_that_set_at_once_all_know_the_last() -> None:
    async with (
        postgres() as server,
        Database(server.url, "STORE", TABLES) as one,
        Database(server.url, "STORE", TABLES) as other,
    ):
        books = [References(database, known, Ticking()) for database in (one, other) for _ in range(SETTERS // 2)]
        profiles = [profile_text(table_of(seed=seed)) for seed in range(SETTERS)]
        async with asyncio.TaskGroup() as group:
            for book, profile in zip(books, profiles, strict=True):
                group.create_task(book.set("churn", "7", profile, paper_of(counts_of())))
        for book in books:
            await book.refresh()

        found = {reference.id for book in books if (reference := book.of("churn", "7")) is not None}

        assert len(found) == 1


async def test_of_many_that_learnt_one_is_believed_by_all() -> None:
    async with postgres() as server, Database(server.url, "STORE", TABLES) as database:
        books = [References(database, known, Ticking()) for _ in range(SETTERS)]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(book.set("churn", "7", profile_text(table_of(seed=seed)), b"", LEARNT))
                for seed, book in enumerate(books)
            ]

        assert len({task.result().id for task in tasks}) == 1
