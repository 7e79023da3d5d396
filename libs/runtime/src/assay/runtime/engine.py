"""The databases that a store may be, and how each is opened."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from assay.runtime.errors import StartError

__all__ = ["CONNECTIONS", "open_engine", "place_of", "read_url"]

CONNECTIONS = 10
"""Connections of one process to PostgreSQL, and transactions under way at once."""

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
EXAMPLES = "sqlite:///path or postgresql://user:password@host:5432/database"

ON_SQLITE = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was answered survives the power cord, not only kill -9
)
ON_POSTGRESQL = ("SET lock_timeout = '5s'", "SET idle_in_transaction_session_timeout = '60s'")
TO_POSTGRESQL = {
    "application_name": "assay",
    "connect_timeout": 3,
    "keepalives_idle": 10,  # a server that vanished without a word is noticed within 20 s
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def read_url(text: str, variable: str) -> sa.URL:
    """Return the URL of a store; what is said of a bad one never shows its password.

    Raises:
        StartError: it is no URL, or of a database that no store may be.
    """
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise StartError(f"{variable} is no URL; write it like {EXAMPLES}") from None  # the cause holds the text
    if url.drivername not in DRIVERS:
        raise StartError(f"{variable}: no driver for {url.drivername!r}; write it like {EXAMPLES}")
    if "@" in (url.host or ""):
        raise StartError(f"{variable}: the password holds an @; write it as %40, as in every URL")
    return url.set(drivername=DRIVERS[url.drivername])


def place_of(url: sa.URL) -> str:
    """Return where a store is, for people: nothing that opens it."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or url.username or ''}"


def open_engine(url: sa.URL) -> sa.Engine:
    """Return the engine of a URL from `read_url`; it connects with its first use.

    Raises:
        StartError: the driver is not installed.
        OSError: the folder of a file can't be made.
    """
    if url.get_backend_name() == "sqlite":
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, hide_parameters=True)
        sa.event.listen(engine, "connect", _on_sqlite)
        return engine
    try:
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_use_lifo=True,
            connect_args=TO_POSTGRESQL,
        )
    except ModuleNotFoundError as error:
        raise StartError("no driver for PostgreSQL here; pip install 'assay-runtime[postgresql]'") from error
    sa.event.listen(engine, "connect", _on_postgresql)
    sa.event.listen(engine, "handle_error", _on_shutdown)
    return engine


def _on_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _say(connection, ON_SQLITE)


def _on_postgresql(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _say(connection, ON_POSTGRESQL)
    connection.commit()


def _on_shutdown(context: ExceptionContext) -> None:
    """A server that goes down says so first: that connection is lost, and so are all others in the pool."""
    if str(getattr(context.original_exception, "sqlstate", "")).startswith("57P"):
        context.is_disconnect = True


def _say(connection: DBAPIConnection, statements: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
