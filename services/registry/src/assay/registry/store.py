"""Where contracts are kept: one SQL transaction a change, with the revision in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self

import sqlalchemy as sa

from assay.registry.audit import NOBODY, Actor, Entry, entries, note
from assay.registry.backup import Restored, restore_backup, write_backup
from assay.registry.errors import ContractUnknownError
from assay.registry.migrations import upgrade
from assay.registry.tables import HISTORY, VERSIONS, advance
from assay.registry.version import History, PublishedVersion, admit, named, newest, restated, retirable
from assay.runtime import Clock
from assay.runtime.database import Database

__all__ = ["ContractStore"]

PAGE = 200
GLIMPSE_S = 3.0
COPY_S = 600.0


class ContractStore:
    """Keeps every version ever published. Ids and revisions only grow and are never given twice.

    A version that is retired takes a new revision, and so moves to the end of what `since` tells.

    Revision and last id are one row, raised in the transaction that writes the version: the row's lock puts writers
    in one line, so a reader that saw revision n has seen all before it.

    Raises:
        StartError: on entering, when the store can't be opened.
        StoreAwayError: the store did not answer.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._database = Database(url, "ASSAY_REGISTRY_STORE", upgrade)
        self._clock = clock

    @property
    def database(self) -> Database:
        """The database that contracts are in, for what else is kept there."""
        return self._database

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self._database.place

    async def publish(
        self, contract: str, version: str, text: bytes, actor: Actor = NOBODY, *, ends: bool = False
    ) -> tuple[PublishedVersion, bool]:
        """Add a version and return it with True, or the one that already is this text with False.

        With `ends` the contract is on its way out. The versions that this one deprecates take new revisions after it.
        It is on disk once this returns. Raises the errors of `admit`.
        """
        added = PublishedVersion(0, contract, version, text, self._clock.now_ms(), 0, deprecated=ends)
        return await self._database.run(partial(_publish, added, actor))

    async def retire(self, contract: str, version: str, actor: Actor = NOBODY) -> tuple[PublishedVersion, bool]:
        """Retire a version and return it with True; with False where it was retired already.

        It is on disk once this returns. Raises what `get` does, and VersionInForceError for the newest.
        """
        return await self._database.run(partial(_retire, contract, version, self._clock.now_ms(), actor))

    async def get(self, contract: str, version: str = "") -> PublishedVersion:
        """Return a version, the newest where none is named.

        Raises:
            ContractUnknownError: there is no such contract.
            VersionUnknownError: there is no such version of it.
        """
        known = await self._database.run(partial(_versions, contract))
        return named(known, contract, version) if version else newest(known)

    async def newest(self) -> list[PublishedVersion]:
        """Return the newest version of every contract, by contract id."""
        ids = sa.select(sa.func.max(VERSIONS.c.id)).group_by(VERSIONS.c.contract)
        found = await self._database.run(partial(_select, VERSIONS.c.id.in_(ids)))
        return sorted(found, key=lambda one: one.contract)

    async def since(self, revision: int) -> list[PublishedVersion]:
        """Return the versions changed after a revision, in order, at most a page of them; none where there are no more."""
        return await self._database.run(partial(_select, VERSIONS.c.revision > revision, limit=PAGE))

    async def history(self) -> History:
        """Return which store this is and how far it got."""
        return await self._database.run(_history)

    async def glimpse(self) -> History:
        """Return the same, or raise StoreAwayError within 3 s: nothing is tried twice."""
        return await self._database.run(_history, patience_s=0, answer_s=GLIMPSE_S)

    async def audit(self, before: int, limit: int, target: str = "") -> Sequence[Entry]:
        """Return the newest entries of the audit with a number below `before` (0 for all), newest first."""
        return await self._database.run(partial(entries, before=before, limit=limit, target=target))

    async def backup(self, file: BinaryIO) -> None:
        """Write all that is kept, as of one moment, into the file; it may take minutes."""
        await self._database.run(partial(write_backup, file, self._clock.now_ms()), answer_s=COPY_S)

    async def restore(self, file: BinaryIO, skip_ids: int, actor: Actor = NOBODY) -> Restored:
        """Put a backup into this store, which is empty, and give it a history of its own.

        Raises:
            BackupDamagedError: the file is not whole, or not of this release; nothing was changed.
            StoreNotEmptyError: the store keeps something.
        """
        work = partial(restore_backup, file, skip_ids, self._clock.now_ms(), actor)
        return await self._database.run(work, answer_s=COPY_S)


def _publish(asked: PublishedVersion, actor: Actor, transaction: sa.Connection) -> tuple[PublishedVersion, bool]:
    revision, number = advance(transaction)
    known = _select(VERSIONS.c.contract == asked.contract, transaction)
    if same := admit(known, asked.contract, asked.version, asked.text):
        transaction.rollback()
        return same, False
    added = replace(asked, id=number, revision=revision)
    transaction.execute(
        VERSIONS.insert().values({column.name: getattr(added, column.name) for column in VERSIONS.columns})
    )
    for changed in restated(known, added):
        _restate(changed, transaction)
    detail = {"version": added.version, "id": str(number)}
    note(transaction, added.published_ms, actor, "contract.published", added.contract, detail)
    return added, True


def _restate(version: PublishedVersion, transaction: sa.Connection) -> PublishedVersion:
    """Keep what changed of a version, under a new revision."""
    revision, _ = advance(transaction, ids=0)
    values = {"revision": revision, "retired": version.retired, "deprecated": version.deprecated}
    transaction.execute(sa.update(VERSIONS).where(VERSIONS.c.id == version.id).values(values))
    return replace(version, revision=revision)


def _retire(
    contract: str, version: str, now_ms: int, actor: Actor, transaction: sa.Connection
) -> tuple[PublishedVersion, bool]:
    advance(transaction, revisions=0, ids=0)
    found = retirable(_versions(contract, transaction), contract, version)
    if found.retired:
        transaction.rollback()
        return found, False
    retired = _restate(replace(found, retired=True), transaction)
    note(transaction, now_ms, actor, "contract.retired", contract, {"version": version})
    return retired, True


def _versions(contract: str, transaction: sa.Connection) -> list[PublishedVersion]:
    if known := _select(VERSIONS.c.contract == contract, transaction):
        return known
    raise ContractUnknownError(contract)


def _select(
    condition: sa.ColumnElement[bool], transaction: sa.Connection, *, limit: int | None = None
) -> list[PublishedVersion]:
    rows = transaction.execute(sa.select(VERSIONS).where(condition).order_by(VERSIONS.c.revision).limit(limit))
    return [PublishedVersion(**row) for row in rows.mappings()]


def _history(transaction: sa.Connection) -> History:
    row = transaction.execute(sa.select(HISTORY.c.epoch, HISTORY.c.revision)).one()
    return History(row.epoch, row.revision)
