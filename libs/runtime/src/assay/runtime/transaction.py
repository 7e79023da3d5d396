"""One transaction that is kept once, whatever becomes of the connection meanwhile."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

__all__ = ["RECEIPTS", "Transaction", "is_busy"]

Found = TypeVar("Found")

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 1.0

TABLES = sa.MetaData()
RECEIPTS = sa.Table(
    "assay_receipts",
    TABLES,
    sa.Column("token", sa.Uuid, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
)
"""One row for each transaction that wrote, for a day: it is there exactly where the transaction was kept."""

LEAVE = sa.text(
    "WITH mine AS (INSERT INTO assay_receipts (token)"
    " SELECT CAST(:token AS uuid) WHERE pg_current_xact_id_if_assigned() IS NOT NULL RETURNING 1)"
    " DELETE FROM assay_receipts WHERE token IN (SELECT token FROM assay_receipts"
    " WHERE at < now() - interval '1 day' AND EXISTS (SELECT FROM mine) LIMIT 100 FOR UPDATE SKIP LOCKED)"
)
CLAIM = sa.text("INSERT INTO assay_receipts (token) VALUES (CAST(:token AS uuid)) ON CONFLICT DO NOTHING")


class Transaction(Generic[Found]):
    """Work on a database, to be done in one transaction by the thread that calls `run`.

    Where the connection is lost or the database asks for it (a deadlock), the work is done again from its start, so it
    must change nothing but the database. Where the connection is lost with the commit under way, a receipt that the
    transaction itself wrote says whether it was kept: it is never done twice.
    """

    def __init__(self, engine: sa.Engine, work: Callable[[sa.Connection], Found], patience_s: float) -> None:
        self._engine = engine
        self._work = work
        self._until_s = time.monotonic() + patience_s
        self._unsure: _UnsureError[Found] | None = None
        self._connection: sa.Connection | None = None
        self._is_cut = False

    def run(self) -> Found:
        """Return what the work returned, once that is kept.

        Raises:
            DBAPIError: the database did not answer within the patience, or refuses.
        """
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return self._once()
            except DBAPIError as error:
                if not _may_pass(error) or time.monotonic() + wait_s > self._until_s:
                    raise
            except _UnsureError as error:
                self._unsure = error
                if time.monotonic() + wait_s > self._until_s:
                    raise error.cause from error
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def cut(self) -> None:
        """End the transaction from another thread: its connection is gone, and it is not tried again."""
        self._is_cut, self._until_s = True, 0
        connection = self._connection
        if connection is None:
            return  # it waits for a thread, or for its connection, which has a timeout of its own
        with suppress(AttributeError, OSError, SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            number = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]  # psycopg's
            with socket.socket(fileno=os.dup(number)) as line:
                line.shutdown(socket.SHUT_RDWR)

    def _once(self) -> Found:
        if self._is_cut:
            raise GivenUpError
        with self._engine.connect() as connection:
            self._connection = connection
            if self._is_cut:
                raise GivenUpError
            if self._unsure and _was_kept(connection, self._unsure.receipt):
                return self._unsure.found
            self._unsure = None
            connection.begin()
            found = self._work(connection)
            if connection.in_transaction():  # else the work took it back itself
                _keep(connection, found)
            return found


class GivenUpError(Exception):
    """Nobody waits for this transaction any more, and it had not begun."""


class _UnsureError(Exception, Generic[Found]):
    """The connection was lost while the database kept the transaction, or did not."""

    def __init__(self, receipt: uuid.UUID, found: Found, cause: DBAPIError) -> None:
        super().__init__(str(cause))
        self.receipt, self.found, self.cause = receipt, found, cause


def _keep(connection: sa.Connection, found: Found) -> None:
    if connection.dialect.name != "postgresql":
        connection.commit()
        return
    receipt = uuid.uuid4()
    connection.execute(LEAVE, {"token": str(receipt)})
    try:
        connection.commit()
    except DBAPIError as error:
        if _state(error)[:2] in {"23", "40"}:  # the database says that it took all back
            raise
        raise _UnsureError(receipt, found, error) from error


def _was_kept(connection: sa.Connection, receipt: uuid.UUID) -> bool:
    """Whether the receipt is there; this waits for a transaction that is still being kept."""
    claimed = connection.execute(CLAIM, {"token": str(receipt)}).rowcount
    connection.rollback()
    return not claimed


def _may_pass(error: DBAPIError) -> bool:
    """Whether nothing was kept and the same may go well on another try."""
    if error.connection_invalidated or is_busy(error):
        return True
    if not isinstance(error, (OperationalError, InterfaceError)) or not hasattr(error.orig, "sqlstate"):
        return False
    state = _state(error)
    return not state or state[:2] in {"08", "40"} or state == "53300"


def is_busy(error: DBAPIError) -> bool:
    """Whether SQLite gave way to another process at once: where two would wait for each other it does not wait 5 s."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _state(error: DBAPIError) -> str:
    """The code of SQL for an error of PostgreSQL; empty for one of the connection."""
    return str(getattr(error.orig, "sqlstate", "") or "")
