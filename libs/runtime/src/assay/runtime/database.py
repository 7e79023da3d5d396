"""The SQL store of a service: SQLite where none else is named, PostgreSQL where several processes share it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from assay.runtime.engine import CONNECTIONS, open_engine, place_of, read_url
from assay.runtime.errors import StartError, TransientError
from assay.runtime.transaction import RECEIPTS, Transaction, is_busy
from assay.telemetry import get_logger

__all__ = ["Database", "StoreAwayError"]

Found = TypeVar("Found")

OPENING_S = 15.0
PATIENCE_S = 5.0
ANSWER_S = 20.0
MOST = 2_000
"""Transactions that wait at once: a store that is away for long must not fill the memory with what nobody waits for."""
LEAVE_S = 4.0
LOCK = 0x0A55A9


class StoreAwayError(TransientError):
    """The store did not answer."""


class Database:
    """A database, open for the block, with its tables made.

    Every use is one transaction in a thread. A caller that is cancelled leaves it to finish there in its time, and leaving
    the block waits for it: a cancelled query of aiosqlite 0.22 can hang its loop for ever, and callers are cancelled all the time.
    PostgreSQL that has not answered after 4 s of leaving is hung up on, and takes the transaction back.

    Args:
        text: URL such as `sqlite:///path` or `postgresql://user:password@host/database`.
        variable: the setting that the URL came from, for messages.
        prepare: makes the tables where they are not there, in a transaction that no other process prepares beside.
        opening_s: how long a PostgreSQL that is not there, or is starting up, is waited for.
        in_turn: on SQLite, do one transaction after the other, in the order in which they were asked for. It lets whoever
            happens to ask at the right moment write next, so that one who writes all the time would keep others from it.

    Raises:
        StartError: on making it, the URL can't be read; on entering, the database can't be opened.
    """

    def __init__(
        self,
        text: str,
        variable: str,
        prepare: sa.MetaData | Callable[[sa.Connection], None],
        *,
        opening_s: float = OPENING_S,
        in_turn: bool = False,
    ) -> None:
        self._url = read_url(text, variable)
        self._variable = variable
        self._opening_s = opening_s
        self._prepare = prepare.create_all if isinstance(prepare, sa.MetaData) else prepare
        self._turn = asyncio.Lock() if in_turn and self._url.get_backend_name() == "sqlite" else nullcontext()
        self._working: dict[asyncio.Future[Any], Transaction[Any]] = {}

    @property
    def place(self) -> str:
        """Where it is, for people; without the password."""
        return place_of(self._url)

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(CONNECTIONS, "store")
        try:
            self._engine = await asyncio.to_thread(_open, self._url, self._prepare, self._opening_s)
        except (DBAPIError, OSError) as error:
            is_held = isinstance(error, DBAPIError) and is_busy(error)
            todo = "end the process that holds it" if is_held else f"name another with {self._variable}"
            raise StartError(f"can't open the store {self.place}: {_cause(error)}; {todo}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._working:
            _, late = await asyncio.wait(self._working, timeout=LEAVE_S)
            for transaction in late:
                self._working[transaction].cut()
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._engine.dispose)

    async def run(
        self, work: Callable[[sa.Connection], Found], *, patience_s: float = PATIENCE_S, answer_s: float = ANSWER_S
    ) -> Found:
        """Do the work in one transaction and return what it returns; an error of its own rolls back.

        A connection that is lost and a deadlock are tried again for `patience_s`, so the work may run more than once:
        it changes the database and nothing else. What it wrote is kept once, or not at all.

        Raises:
            StoreAwayError: the store did not answer in time, was locked for 5 s, or too much waits for it already.
        """
        async with self._turn:
            return await self._done(work, patience_s, answer_s)

    async def _done(self, work: Callable[[sa.Connection], Found], patience_s: float, answer_s: float) -> Found:
        if len(self._working) >= MOST:
            raise self._away(f"{MOST} transactions wait for it")
        transaction = Transaction(self._engine, work, patience_s)
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, copy_context().run, transaction.run)
        self._working[running] = transaction
        running.add_done_callback(self._forget)
        try:
            async with asyncio.timeout(answer_s):
                return await asyncio.shield(running)
        except (IntegrityError, DataError):
            raise  # the store answered; what it was asked to keep is wrong
        except DBAPIError as error:
            raise self._away(_cause(error)) from error
        except asyncio.CancelledError:
            ending = loop.call_later(answer_s, transaction.cut)  # nobody waits any more, but its thread is needed
            running.add_done_callback(lambda _: ending.cancel())
            raise
        except TimeoutError as error:
            transaction.cut()
            raise self._away(f"not a word for {answer_s:g} s") from error

    def _away(self, cause: str) -> StoreAwayError:
        return StoreAwayError(f"the store {self.place} did not answer: {cause}; find what holds it, and try again")

    def _forget(self, running: asyncio.Future[Any]) -> None:
        """Drop a transaction that ended; where its caller is gone, nobody else hears how."""
        self._working.pop(running, None)
        if not running.cancelled() and (error := running.exception()):
            get_logger().debug("transaction.failed", error=repr(error))


def _open(url: sa.URL, prepare: Callable[[sa.Connection], None], patience_s: float) -> sa.Engine:
    engine = open_engine(url)

    def work(connection: sa.Connection) -> None:
        _lock(connection)
        prepare(connection)

    try:
        Transaction(engine, work, patience_s).run()
    except BaseException:
        engine.dispose()
        raise
    return engine


def _lock(connection: sa.Connection) -> None:
    """Let no other process prepare the same database until this transaction ends."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    RECEIPTS.metadata.create_all(connection)


def _cause(error: DBAPIError | OSError) -> str:
    """What the database said, in one line."""
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
