"""A store of any release before this one is brought up to date; one of a later release is left alone."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import assay.registry
from assay.registry.migrations import HEAD, upgrade
from assay.registry.migrations.upgrade import FOLDER
from assay.registry.store import ContractStore
from assay.registry.tables import TABLES
from assay.runtime import StartError, SystemClock
from assay.runtime.database import Database
from assay.testkit.builders import contract_text

for module in pkgutil.iter_modules(assay.registry.__path__, "assay.registry."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)  # each may add tables

HISTORY = "CREATE TABLE history (one INTEGER NOT NULL, epoch VARCHAR(36) NOT NULL, revision BIGINT NOT NULL, last_id BIGINT NOT NULL, PRIMARY KEY (one))"
VERSIONS = """CREATE TABLE contract_versions (id BIGINT NOT NULL, contract VARCHAR(255) NOT NULL, version VARCHAR(64) NOT NULL,
 text BLOB NOT NULL, published_ms BIGINT NOT NULL, revision BIGINT NOT NULL{retired}, PRIMARY KEY (id),
 UNIQUE (contract, version), UNIQUE (revision))"""
RETIRED = ", retired BOOLEAN DEFAULT 0 NOT NULL"
EPOCH = "6e7bd4d4-61a1-4b62-9a52-0c4f1de6a0a7"


def written_before(folder: Path, retired: str) -> str:
    """A store as the releases without steps wrote it."""
    with closing(sqlite3.connect(folder / "registry.db")) as old:
        old.execute("PRAGMA journal_mode = WAL")
        old.execute(HISTORY)
        old.execute(VERSIONS.format(retired=retired))
        old.execute("INSERT INTO history VALUES (1, ?, 3, 7)", (EPOCH,))
        for number, version in ((2, "1.0.0"), (7, "1.1.0")):
            row = (number, "orders", version, contract_text("orders", version), 1_700_000_000_000, number % 4)
            columns = "id, contract, version, text, published_ms, revision"
            old.execute(f"INSERT INTO contract_versions ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
        old.commit()
    return f"sqlite:///{folder}/registry.db"


@pytest.mark.parametrize("retired", ["", RETIRED], ids=["before retired versions", "with retired versions"])
async def test_store_of_before_keeps_ids_texts_and_history_and_goes_on(tmp_path: Path, retired: str) -> None:
    url = written_before(tmp_path, retired)
    async with ContractStore(url, SystemClock()) as store:
        history = await store.history()
        kept = await store.get("orders", "1.0.0")
        added, _ = await store.publish("orders", "1.2.0", b"new")
        _, changed = await store.retire("orders", "1.0.0")

    assert (history.epoch, history.revision) == (EPOCH, 3)
    assert (kept.id, kept.text, kept.retired) == (2, contract_text("orders", "1.0.0"), False)
    assert (added.id, added.revision, changed) == (8, 4, True)


@pytest.mark.parametrize("retired", ["", RETIRED], ids=["before retired versions", "with retired versions"])
async def test_sum_of_all_steps_is_the_tables_of_this_release(tmp_path: Path, retired: str) -> None:
    async with ContractStore(written_before(tmp_path, retired), SystemClock()) as store:
        differences = await store._database.run(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection, opts={"version_table": "registry_migration"}), TABLES
            )
        )

    assert differences == []


def test_last_step_is_the_one_that_this_release_says_it_ends_at() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == HEAD


async def test_store_of_a_newer_release_is_left_alone_and_the_way_out_named(tmp_path: Path) -> None:
    def from_tomorrow(connection: sa.Connection) -> None:
        connection.exec_driver_sql("UPDATE registry_migration SET version_num = '9999'")

    url = f"sqlite:///{tmp_path}/registry.db"
    async with ContractStore(url, SystemClock()) as store:
        await store._database.run(from_tomorrow)
    with pytest.raises(StartError, match=rf"newer registry \(step 9999, this release knows {HEAD}\)"):
        await ContractStore(url, SystemClock()).__aenter__()


async def test_step_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    class OutOfDiskError(Exception): ...

    def fails_late(connection: sa.Connection) -> None:
        upgrade(connection)
        raise OutOfDiskError

    url = written_before(tmp_path, RETIRED)
    with pytest.raises(OutOfDiskError):
        await Database(url, "ASSAY_REGISTRY_STORE", fails_late).__aenter__()
    with closing(sqlite3.connect(tmp_path / "registry.db")) as store:
        tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    assert tables == {"history", "contract_versions"}


async def test_second_start_runs_no_step_again(tmp_path: Path) -> None:
    url = written_before(tmp_path, "")
    async with ContractStore(url, SystemClock()) as store:
        before = await store.history()
    async with ContractStore(url, SystemClock()) as store:
        assert await store.history() == before
