"""Where Alembic enters: it runs the steps on the connection that `upgrade` gave it, in that connection's transaction.

To add a step, copy the newest file of `versions/` to the next number, set `revision` and `down_revision`, and write
`upgrade` with `op` alone: the tables as they are to be, not as an import says, for the step must still do the same in a
year. A column that is added is nullable or has a server default: replicas of the release before go on writing meanwhile.
There is no way down: a backup is. `tests/unit/registry/test_migrations.py` holds the sum of all steps to `TABLES`.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="registry_migration")
context.run_migrations()
