"""What recovery's store says, it says on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.store import LEDGER, Alerting, Failures, Left, Runs, prepare, prune
from assay.recovery.store.tables import ALERTING, VALUES
from assay.runtime.database import Database
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS
from tests.integration.registry.postgres import postgres
from tests.unit.recovery.store.projection import Projection, projection
from tests.unit.recovery.store.test_order import history, interleaved, known
from tests.unit.recovery.store.topics import CONTRACT, HOUR_MS, NOW_MS, action, failure_of, letter, run, settlement

FAILURE = failure_of(letter(0))
SEEDS = (3, 17, 2_026)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of one PostgreSQL for all claims."""
    with asyncio.Runner() as runner:
        opening = postgres()
        yield runner.run(opening.__aenter__()).url
        runner.run(opening.__aexit__(None, None, None))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'recovery.db'}"
    server: str = request.getfixturevalue("server")
    return server


@pytest.fixture
async def store(url: str) -> AsyncIterator[Database]:
    """An empty store."""
    async with Database(url, "STORE", prepare) as database:
        await database.run(_emptied)
        yield database


@asynccontextmanager
async def index(database: Database) -> AsyncIterator[Projection]:
    """The fold and the readers over a store that is open."""
    found = Projection(database)
    found.fold.seat(CONTRACT)
    found.known.seat(CONTRACT)
    yield found


async def test_the_same_topics_give_the_same_index(store: Database) -> None:
    for seed in SEEDS:
        chunks = interleaved(history(seed), seed)
        await store.run(_emptied)
        async with index(store) as here, projection() as there:
            await here.take(*chunks)
            await there.take(*chunks)
            assert await known(here) == await known(there)


async def test_two_processes_that_fold_at_once_count_everything_once(store: Database) -> None:
    partitions = history(7)
    async with projection() as there:
        await there.take(*interleaved(partitions, 7))
        expected = await known(there)
    async with index(store) as here, asyncio.TaskGroup() as group:
        for partition in partitions:
            group.create_task(_folded(here, partition))
    async with index(store) as here:
        assert await known(here) == expected


async def test_words_that_one_of_them_refuses_are_kept_by_both(store: Database) -> None:
    hostile = "\0'\"\\%_\N{PILE OF POO}"
    packed = letter(0, hostile, producer=hostile * 100, version=hostile * 100)
    mark = pb.FailureMarked(fingerprint=FAILURE, known=True, note=hostile)
    async with index(store) as here:
        await here.take([packed], [action(0, f"a{hostile}", marked=mark)])
        await here.take([action(1, "b", started=run(f"r{hostile}"))], [settlement(0, 0, FAILURE, run=f"r{hostile}")])
        (found,) = (await here.failures()).values()
        await Left(store).add("t", 0, {found.fingerprint: {hostile: 1}})
        await Alerting(store).begin(found.fingerprint, hostile, NOW_MS)
        assert "\N{PILE OF POO}" in (await here.one()).producer
        assert len(await Runs(store).list()) == 1


async def test_hints_are_kept_and_taken_back(store: Database) -> None:
    runs = Runs(store)
    async with index(store) as here:
        await here.take([action(0, "a", started=run("r"))])
    await runs.progress("r", 0, 5, 1, {"why": 1})
    await runs.progress("r", 0, 7, 1, {"why": 1})
    await runs.keep_value("r", b"\0\xff")
    (found,) = await runs.list()
    assert (found.partitions[0].position, await runs.value("r")) == (7, b"\0\xff")
    await runs.drop_value("r")
    assert await runs.value("r") is None


async def test_what_is_past_its_retention_is_forgotten(store: Database) -> None:
    async with index(store) as here:
        later_ms = NOW_MS + CONTRACT.dead_letters_retention_h * HOUR_MS + 1
        await here.take([letter(0), letter(1, "required", at_ms=later_ms)])
        assert await prune(store, CONTRACT, later_ms) == 1
        assert (await here.one()).rule == "required"


async def test_a_path_is_told_from_one_that_differs_in_case(store: Database) -> None:
    async with index(store) as here:
        await here.take([letter(0)])
        failures = Failures(store, here.known)
        found = [len((await failures.list(path=path))[0]) for path in ("/amount", "/AMOUNT", "/amoun_", "/am%")]
    assert found == [1, 0, 0, 0]


async def test_a_store_of_another_schema_is_emptied(store: Database) -> None:
    async with index(store) as here:
        await here.take([letter(0)])
        await store.run(lambda transaction: transaction.execute(sa.text("UPDATE recovery_schema SET number = 0")))
        await store.run(prepare)
        assert await here.failures() == {}
        kept = sa.select(sa.func.count()).select_from(POSITIONS).where(POSITIONS.c.ledger == LEDGER)
        assert await store.run(lambda transaction: transaction.scalar(kept)) == 0


async def _folded(here: Projection, partition: Sequence[Record]) -> None:
    for record in partition:
        await here.take([record])


def _emptied(transaction: sa.Connection) -> None:
    for table in (ALERTING, VALUES):
        transaction.execute(sa.delete(table))
    transaction.execute(sa.text("UPDATE recovery_schema SET number = 0"))
    prepare(transaction)
