"""The references of all models, in the store and at hand in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from assay.drift.errors import ModelUnknownError, ReferenceUnfitError
from assay.drift.models import WatchedModel
from assay.drift.references import rows
from assay.drift.references.fitting import held_against
from assay.drift.references.reference import MOST_BYTES, SET, Paper, Reference, read, taken_in
from assay.monitoring.errors import MonitoringError
from assay.runtime import Clock
from assay.runtime.database import Database

__all__ = ["References"]


class References:
    """What versions of models are held to. Asking takes no I/O: what others set is known after the next `refresh`.

    The first who asks for a reference reads it, which takes a second where it is large: ask in a thread. `has` reads none.

    `models` answers the models that contracts speak of, by name, as they are now.
    """

    def __init__(self, database: Database, models: Callable[[], Mapping[str, WatchedModel]], clock: Clock) -> None:
        self._database = database
        self._models = models
        self._clock = clock
        self._papers: dict[str, Paper] = {}
        self._read: dict[str, Reference] = {}
        self._in_force: dict[tuple[str, str], str] = {}
        self._seen = 0

    async def refresh(self) -> None:
        """Learn what was set since the last time.

        Raises:
            StoreAwayError: the store did not answer.
        """
        for paper in await self._database.run(partial(rows.after, place=self._seen)):
            self._take(paper)

    def has(self, model: str, version: str) -> bool:
        """Return whether a version is held to anything."""
        return self._id_of(model, version) is not None

    def of(self, model: str, version: str) -> Reference | None:
        """Return what a version is held to: its own reference, or else that of every version which has none."""
        found = self._id_of(model, version)
        return self.by_id(found) if found else None

    def by_id(self, id: str) -> Reference | None:  # noqa: A002 -- it is what the wire calls it
        """Return a reference, in force or not any more."""
        paper = self._papers.get(id)
        if paper is None:
            return None
        found = self._read.get(id) or read(paper)
        if found.since_ms != paper.since_ms:  # it is in force again
            found = replace(found, since_ms=paper.since_ms)
        self._read[id] = found
        return found

    def all(self) -> Sequence[Reference]:
        """Return the references in force, by model and version."""
        found = (self.by_id(self._in_force[key]) for key in sorted(self._in_force))
        return [each for each in found if each is not None]

    async def set(self, model: str, version: str, profile: bytes, performance: bytes, source: str = SET) -> Reference:
        """Hold a version to a reference from now on, or with "" every version that has none; return it once it is kept.

        The same again changes nothing. One that is learnt gives way to what is there.

        Raises:
            ModelUnknownError: no contract has such a model.
            ReferenceUnfitError: it can't be read, or is of another model.
            StoreAwayError: the store did not answer.
        """
        watched = self._models().get(model)
        if watched is None:
            raise ModelUnknownError(model)
        paper, reference = await asyncio.to_thread(
            _checked, watched, version, profile, performance, source, self._clock.now_ms()
        )
        await self._database.run(partial(rows.keep, paper=paper, only_first=source != SET))
        await self.refresh()
        if paper.id in self._papers:
            self._read.setdefault(paper.id, reference)
        found = self._in_force.get((model, version), paper.id)
        return await asyncio.to_thread(self.by_id, found) or reference

    def _id_of(self, model: str, version: str) -> str | None:
        return self._in_force.get((model, version)) or self._in_force.get((model, ""))

    def _take(self, paper: Paper) -> None:
        self._seen = max(self._seen, paper.place)
        self._papers[paper.id] = paper
        self._in_force[paper.model, paper.model_version] = paper.id


def _checked(
    model: WatchedModel, version: str, profile: bytes, performance: bytes, source: str, at_ms: int
) -> tuple[Paper, Reference]:
    if len(profile) + len(performance) > MOST_BYTES:
        raise ReferenceUnfitError(model.name, [f"it is larger than {MOST_BYTES // 2**20} MB; profile fewer features"])
    paper = taken_in(model.name, version, profile, performance, source, at_ms)
    try:
        reference = read(paper)
    except MonitoringError as error:
        raise ReferenceUnfitError(model.name, [str(error)]) from error
    held_against(model, reference)
    return paper, reference
