"""One door to the tables of subjects: every transaction sees the contracts that are published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import sqlalchemy as sa

from assay.registry.subject_store.governing import catch_up, is_behind
from assay.registry.subject_store.writing import lock
from assay.runtime.database import Database

__all__ = ["SubjectStore"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    found: T


class SubjectStore:
    """Runs work on subjects in a transaction of its own.

    Raises:
        StoreAwayError: from every method, the store did not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what the work reads."""
        return await self._run(partial(_current, work))

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do the work when no other writer is at it, and keep what it wrote; an error of its own takes all back."""
        return await self._run(partial(_alone, work))

    async def _run(self, work: Callable[[sa.Connection], _Done[T] | None]) -> T:
        while (done := await self._database.run(work)) is None:
            while await self._database.run(catch_up):
                pass
        return done.found


def _current(work: Callable[[sa.Connection], T], transaction: sa.Connection) -> _Done[T] | None:
    return None if is_behind(transaction) else _Done(work(transaction))


def _alone(work: Callable[[sa.Connection], T], transaction: sa.Connection) -> _Done[T] | None:
    lock(transaction)
    return None if is_behind(transaction) else _Done(work(transaction))
