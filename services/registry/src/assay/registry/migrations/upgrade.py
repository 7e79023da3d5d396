"""Runs the steps that a store has not seen yet."""

from __future__ import annotations

import uuid
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from assay.registry.tables import HISTORY
from assay.runtime import StartError

__all__ = ["HEAD", "upgrade"]

FOLDER = Path(__file__).parent
SEEN = sa.table("registry_migration", sa.column("version_num", sa.String))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("version_path_separator", "newline")
    return config


HEAD = ScriptDirectory.from_config(_config()).get_current_head() or ""
"""The step that this release ends at."""


def upgrade(connection: sa.Connection) -> None:
    """Bring the store to HEAD and give it a history, in the transaction of the connection.

    Raises:
        StartError: a newer release wrote the store.
    """
    _refuse_newer(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.execute(sa.select(HISTORY.c.epoch)).first() is None:
        connection.execute(HISTORY.insert().values(one=1, epoch=str(uuid.uuid4()), revision=0, last_id=0))


def _refuse_newer(connection: sa.Connection) -> None:
    if not sa.inspect(connection).has_table(SEEN.name):
        return
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    for seen in connection.execute(sa.select(SEEN.c.version_num)).scalars():
        if seen not in known:
            raise StartError(
                f"the store is of a newer registry (step {seen}, this release knows {HEAD}); start that release, "
                "or restore a backup of this one into an empty store"
            )
