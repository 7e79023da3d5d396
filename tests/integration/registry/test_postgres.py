"""A store on PostgreSQL: what was answered is kept once, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import grpc
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub, add_RegistryServiceServicer_to_server
from assay.registry.service import RegistryService
from assay.registry.store import ContractStore
from assay.registry.watch import Watch
from assay.runtime import GrpcServer, StartError, SystemClock
from assay.runtime.database import Database, StoreAwayError
from assay.runtime.engine import CONNECTIONS
from assay.testkit.postgres import Postgres
from tests.integration.registry.postgres import CuttingLine, postgres

TABLES = sa.MetaData()
COUNTS = sa.Table("counts", TABLES, sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.Integer))


@asynccontextmanager
async def counting(server: Postgres, port: int | None = None) -> AsyncIterator[Database]:
    async with Database(server.url_at(port or server.port), "STORE", TABLES) as database:
        await database.run(lambda transaction: transaction.execute(COUNTS.insert(), [row("a"), row("b")]))
        yield database


def row(name: str) -> dict[str, object]:
    return {"name": name, "value": 0}


def raised(name: str) -> Callable[[sa.Connection], int]:
    change = COUNTS.update().where(COUNTS.c.name == name).values(value=COUNTS.c.value + 1).returning(COUNTS.c.value)
    return lambda transaction: int(transaction.execute(change).scalar_one())


async def value(database: Database, name: str) -> int:
    query = sa.select(COUNTS.c.value).where(COUNTS.c.name == name)
    return await database.run(lambda transaction: int(transaction.execute(query).scalar_one()))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_commit_that_is_cut_off_is_kept_once(when: str) -> None:
    async with postgres() as server, CuttingLine(server.port) as line, counting(server, line.port) as database:
        line.cut_at_commit("before" if when == "before" else "after")
        answered = await database.run(raised("a"))

        assert (line.cut, answered, await value(database, "a")) == (1, 1, 1)


async def test_hundred_commits_that_are_cut_off_at_any_moment_are_kept_once_each() -> None:
    async with postgres() as server, CuttingLine(server.port) as line, counting(server, line.port) as database:
        for number in range(100):
            line.cut_at_commit("after" if number % 2 else "before")
            assert await database.run(raised("a")) == number + 1

        assert (line.cut, await value(database, "a")) == (100, 100)


async def test_deadlock_is_tried_again_and_both_are_kept() -> None:
    both = threading.Barrier(2, timeout=20)

    def crossing(first: str, second: str) -> Callable[[sa.Connection], None]:
        met = False

        def work(transaction: sa.Connection) -> None:
            nonlocal met
            raised(first)(transaction)
            if not met:
                both.wait()
                met = True
            raised(second)(transaction)

        return work

    async with postgres() as server, counting(server) as database:
        async with asyncio.TaskGroup() as group:
            group.create_task(database.run(crossing("a", "b")))
            group.create_task(database.run(crossing("b", "a")))

        assert (await value(database, "a"), await value(database, "b")) == (2, 2)


async def test_connection_that_the_server_ends_is_replaced_unnoticed() -> None:
    ending = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
    )
    async with postgres() as server, counting(server) as database, Database(server.url, "STORE", TABLES) as other:
        await database.run(raised("a"))
        await other.run(lambda transaction: transaction.execute(ending))

        assert await database.run(raised("a")) == 2


async def test_store_that_is_killed_is_away_then_there_with_all_that_was_answered() -> None:
    async with postgres() as server, counting(server) as database:
        await database.run(raised("a"))
        await server.kill()
        with pytest.raises(StoreAwayError, match="did not answer"):
            await database.run(raised("a"), patience_s=0)
        server.start()
        await server.ready()

        assert await database.run(raised("a")) == 2


async def test_transaction_under_way_outlives_a_restart_of_the_server() -> None:
    async with postgres() as server, counting(server) as database:
        await server.kill()
        async with asyncio.TaskGroup() as group:
            raising = group.create_task(database.run(raised("a"), patience_s=30, answer_s=60))
            server.start()

        assert raising.result() == 1


async def test_server_that_is_starting_up_is_waited_for() -> None:
    async with postgres() as server:
        await server.kill()
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(opened(server))
            server.start()

    assert opening.result() == 0


async def opened(server: Postgres) -> int:
    async with Database(server.url, "STORE", TABLES, opening_s=60) as database:
        return await database.run(lambda transaction: len(transaction.execute(sa.select(COUNTS)).all()))


async def test_server_that_is_silent_is_given_up_and_its_thread_freed() -> None:
    async with postgres() as server, counting(server) as database:
        with pytest.raises(StoreAwayError, match="not a word"):
            await database.run(lambda transaction: transaction.execute(sa.text("SELECT pg_sleep(3600)")), answer_s=0.5)

        assert await value(database, "a") == 0


async def test_caller_that_goes_away_from_a_silent_server_takes_no_thread_along() -> None:
    def forever(transaction: sa.Connection) -> None:
        transaction.execute(sa.text("SELECT pg_sleep(3600)"))

    async with postgres() as server, counting(server) as database:
        for _ in range(CONNECTIONS):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await database.run(forever, answer_s=1.0)

        assert await value(database, "a") == 0


async def test_store_that_too_many_wait_for_is_away_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.runtime.database.MOST", 3)
    async with postgres() as server, counting(server) as database, asyncio.TaskGroup() as group:
        first = [group.create_task(value(database, "a")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(StoreAwayError, match="3 transactions wait"):
            await value(database, "a")

        assert [await task for task in first] == [0, 0, 0]
        assert await value(database, "a") == 0


async def test_password_is_in_no_error_and_no_log() -> None:
    secret = "hush%40hush"
    async with postgres() as server:
        with capture_logs() as logs:
            for url in (
                f"postgresql://assay:{secret}@127.0.0.1:{server.port}/postgres",
                f"postgresql://assay:{secret}@127.0.0.1:1/postgres",
                f"postgresql://assay:{secret}@@127.0.0.1:{server.port}/postgres",
                f"postgresql://assay:{secret}@127.0.0.1:nonsense/postgres",
                f"postgresql+nonsense://assay:{secret}@127.0.0.1/postgres",
            ):
                with pytest.raises(StartError) as refused:
                    async with Database(url, "STORE", TABLES, opening_s=0):
                        pass
                assert "hush" not in f"{refused.value!r}{refused.value.__cause__!r}"

    assert "hush" not in str(logs)


async def test_receipts_are_left_by_writers_alone() -> None:
    count = sa.text("SELECT count(*) FROM assay_receipts")
    async with postgres() as server, counting(server) as database:
        before = await database.run(lambda transaction: transaction.execute(count).scalar_one())
        await value(database, "a")
        await database.run(raised("a"))

        assert await database.run(lambda transaction: transaction.execute(count).scalar_one()) == before + 1


async def test_name_that_postgresql_does_not_take_is_refused_as_such() -> None:
    async with postgres() as server, ContractStore(server.url, SystemClock()) as store:
        add = partial(add_RegistryServiceServicer_to_server, RegistryService(store, Watch(store)))
        async with (
            GrpcServer("127.0.0.1:0", [add], []) as serving,
            grpc.aio.insecure_channel(f"127.0.0.1:{serving.port}") as channel,
        ):
            stub = RegistryServiceStub(channel)
            for asked in (
                stub.GetContract(pb.GetContractRequest(contract="\0"), timeout=10),
                stub.RetireContract(pb.RetireContractRequest(contract="\0", version="1.0.0"), timeout=10),
                stub.ListAudit(pb.ListAuditRequest(target="\0"), timeout=10),
            ):
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await asked
                assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
                assert "SELECT" not in (refused.value.details() or "")
