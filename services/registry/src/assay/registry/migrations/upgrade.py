"""Runs the steps that a store has not seen yet."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assay.registry.tables import HISTORY
from assay.runtime import StartError

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD", "upgrade"]

HEAD = "0004"
"""The step that this release ends at: the last of `versions/`."""

FOLDER = Path(__file__).parent
SEEN = sa.table("registry_migration", sa.column("version_num", sa.String))


def upgrade(connection: sa.Connection) -> None:
    """Bring the store to HEAD and give it a history, in the transaction of the connection.

    Raises:
        StartError: a newer release wrote the store.
    """
    seen = _seen(connection)
    if seen != [HEAD]:
        _run_steps(connection, seen)
    if connection.execute(sa.select(HISTORY.c.epoch)).first() is None:
        connection.execute(HISTORY.insert().values(one=1, epoch=str(uuid.uuid4()), revision=0, last_id=0))


def _seen(connection: sa.Connection) -> list[str]:
    """The step that the store is at, or nothing for an empty store."""
    if not sa.inspect(connection).has_table(SEEN.name):
        return []
    return list(connection.execute(sa.select(SEEN.c.version_num)).scalars())


def _run_steps(connection: sa.Connection, seen: list[str]) -> None:
    from alembic import command  # slow to import, and a store that is at HEAD has no step to run

    config = _config()
    _refuse_newer(config, seen)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _refuse_newer(config: Config, seen: list[str]) -> None:
    from alembic.script import ScriptDirectory

    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    for step in seen:
        if step not in known:
            raise StartError(
                f"the store is of a newer registry (step {step}, this release knows {HEAD}); start that release, "
                "or restore a backup of this one into an empty store"
            )


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("version_path_separator", "newline")
    return config
