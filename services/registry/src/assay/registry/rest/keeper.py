"""Keeps the ready answers right and full: makes them at the start, and drops them when an id went for good."""

from __future__ import annotations

import asyncio
from functools import partial
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from assay.registry.rest.http import Answer
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.rendering import content_json
from assay.registry.subject_store.reading import forgotten, schemas_after
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subjects.names import DEFAULT_CONTEXT
from assay.runtime.database import StoreAwayError

__all__ = ["Keeper", "path_of"]

LOOK_S = 0.5
PAGE = 500


class Keeper:
    """At work for the length of a block.

    Another process that deletes an id for good is noticed within `look_s`; while the store is away, what is ready is
    answered on.
    """

    def __init__(self, store: SubjectStore, ready: ReadyBytes, look_s: float = LOOK_S) -> None:
        self._store = store
        self._ready = ready
        self._look_s = look_s

    async def __aenter__(self) -> Self:
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(self._fill()), self._group.create_task(self._watch())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    async def _fill(self) -> None:
        """Make the answers of all ids of the default context, as far as there is room."""
        last = 0
        try:
            while not self._ready.is_full:
                count, page = await self._store.read(partial(_page, after=last))
                for number, body in page:
                    self._ready.keep(path_of(number), body, count)
                if len(page) < PAGE:
                    return
                last = page[-1][0]
        except StoreAwayError:
            return  # they are made when they are asked for

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            try:
                self._ready.saw(await self._store.read(forgotten))
            except StoreAwayError:
                continue


def path_of(number: int) -> bytes:
    """The path of the schema of an id."""
    return b"/schemas/ids/%d" % number


def _page(transaction: sa.Connection, after: int) -> tuple[int, list[tuple[int, bytes]]]:
    count = forgotten(transaction)
    found = schemas_after(transaction, DEFAULT_CONTEXT, after, PAGE)
    return count, [(number, Answer(content_json(content)).as_bytes()) for number, content in found]
