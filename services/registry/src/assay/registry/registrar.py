"""What clients ask of subjects, done: look, decide outside of any lock, write if what was seen still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import sqlalchemy as sa

from assay.registry.audit import Actor, note
from assay.registry.subject_store.looking import look, own_settings, pinned, referring
from assay.registry.subject_store.reading import numbers, versions
from assay.registry.subject_store.store import SubjectStore
from assay.registry.subject_store.writing import add, delete_for_good, delete_softly
from assay.registry.subjects.content import LATEST, SubjectVersion, live
from assay.registry.subjects.deletion import chosen, subject_deletable, version_deletable
from assay.registry.subjects.errors import ReferencedError, SchemaMissingError, SubjectMissingError, VersionMissingError
from assay.registry.subjects.names import SubjectName
from assay.registry.subjects.registration import (
    Addition,
    Candidate,
    Seen,
    completed,
    decide,
    found,
    identified,
    reasons,
)
from assay.registry.workers import Works
from assay.runtime import Clock
from assay.telemetry import get_logger, metrics

__all__ = ["Registrar"]

log = get_logger()


class Registrar:
    """Registers, finds, compares and deletes schemas under subjects; raises SubjectErrors and StoreAwayError."""

    def __init__(self, store: SubjectStore, workers: Works, clock: Clock) -> None:
        self._store = store
        self._workers = workers
        self._clock = clock

    async def register(self, subject: SubjectName, candidate: Candidate, actor: Actor) -> SubjectVersion:
        """Return the version that is this schema, added if it wasn't there. It is on disk once this returns."""
        while True:
            mine, seen = await self._store.read(partial(_look, subject, candidate))
            decided = await self._workers.run(partial(decide, seen, mine), _size(seen, mine))
            if isinstance(decided, SubjectVersion):
                return decided
            now_ms = self._clock.now_ms()
            added = await self._store.write(partial(_add, seen, mine, decided, now_ms, actor))
            if added is not None:
                metrics.SCHEMAS_REGISTERED.inc()
                log.info("schema.registered", subject=str(subject), version=added.version, id=added.id)
                return added

    async def find(self, subject: SubjectName, candidate: Candidate, *, deleted: bool) -> SubjectVersion:
        """Return the version of the subject that is this schema."""
        mine, seen = await self._store.read(partial(_look_through, subject, candidate))
        if not (seen.versions if deleted else live(seen.versions)):
            raise SubjectMissingError(subject)
        version = await self._workers.run(partial(found, seen, mine, deleted=deleted), _size(seen, mine))
        if version is None:
            raise SchemaMissingError
        return version

    async def compare(self, subject: SubjectName, candidate: Candidate, version: int | None) -> tuple[str, ...]:
        """Return why the schema is not compatible with one version, or with all that the mode asks for."""
        mine, seen = await self._store.read(partial(_look, subject, candidate))
        return await self._workers.run(partial(_compare, seen, mine, version), _size(seen, mine))

    async def numbers(self, subject: SubjectName) -> list[tuple[int, bool]]:
        """Return the number of each version of a subject, or of the one it is an alias of, and whether it is deleted."""
        return await self._store.read(partial(_numbers, subject))

    async def versions(self, subject: SubjectName) -> tuple[SubjectVersion, ...]:
        """Return all versions of a subject, or of the one it is an alias of; deleted ones too."""
        return await self._store.read(partial(_versions, subject))

    async def version(self, subject: SubjectName, number: int, *, deleted: bool) -> SubjectVersion:
        """Return one version of a subject, or of the one it is an alias of."""
        return await self._store.read(partial(_version, subject, number, deleted))

    async def referring(self, subject: SubjectName, number: int) -> list[int]:
        """Return the ids of the schemas that refer to a version."""
        version = await self.version(subject, number, deleted=True)
        return await self._store.read(partial(referring, subject=version.subject, version=version.version))

    async def delete_subject(self, subject: SubjectName, *, permanent: bool, actor: Actor) -> list[int]:
        """Delete a subject and return the numbers of the versions that went."""
        now_ms = self._clock.now_ms()
        return await self._store.write(partial(_delete_subject, subject, permanent, now_ms, actor))

    async def delete_version(self, subject: SubjectName, number: int, *, permanent: bool, actor: Actor) -> int:
        """Delete a version and return its number."""
        now_ms = self._clock.now_ms()
        return await self._store.write(partial(_delete_version, subject, number, permanent, now_ms, actor))


def _size(seen: Seen, candidate: Candidate) -> int:
    return seen.size + len(candidate.content.text)


def _look(subject: SubjectName, candidate: Candidate, transaction: sa.Connection) -> tuple[Candidate, Seen]:
    references = pinned(transaction, subject.context, candidate.content.references)
    mine = replace(candidate, content=replace(candidate.content, references=references))
    return mine, look(transaction, subject, references)


def _look_through(subject: SubjectName, candidate: Candidate, transaction: sa.Connection) -> tuple[Candidate, Seen]:
    return _look(_resolved(transaction, subject), candidate, transaction)


def _versions(subject: SubjectName, transaction: sa.Connection) -> tuple[SubjectVersion, ...]:
    return versions(transaction, _resolved(transaction, subject))


def _numbers(subject: SubjectName, transaction: sa.Connection) -> list[tuple[int, bool]]:
    return numbers(transaction, _resolved(transaction, subject))


def _version(subject: SubjectName, number: int, deleted: bool, transaction: sa.Connection) -> SubjectVersion:
    name = _resolved(transaction, subject)
    wanted = chosen(name, numbers(transaction, name), number, deleted=deleted)
    return versions(transaction, name, wanted)[0]


def _resolved(transaction: sa.Connection, subject: SubjectName) -> SubjectName:
    """The subject that a name is an alias of, or the name itself."""
    settings = own_settings(transaction, subject)
    return SubjectName(subject.context, settings.alias) if settings and settings.alias else subject


def _add(
    seen: Seen, candidate: Candidate, new: Addition, now_ms: int, actor: Actor, transaction: sa.Connection
) -> SubjectVersion | None:
    """Add what was decided; None where something that the decision rests on has changed."""
    if look(transaction, seen.subject, candidate.content.references) != seen:
        return None
    added = add(transaction, seen.subject, seen.versions, new, now_ms)
    detail = {"version": str(added.version), "id": str(added.id)}
    note(transaction, now_ms, actor, "schema.registered", str(seen.subject), detail)
    return added


def _compare(seen: Seen, candidate: Candidate, number: int | None) -> tuple[str, ...]:
    before = live(seen.versions)
    content, _ = identified(seen, replace(candidate, content=completed(seen, candidate.content)))
    if number is not None and number != LATEST:
        before = tuple(each for each in before if each.version == number)
        if not before:
            raise VersionMissingError(number)
    elif number == LATEST:
        before = before[-1:]
    return reasons(seen, content, before)


def _delete_subject(
    subject: SubjectName, permanent: bool, now_ms: int, actor: Actor, transaction: sa.Connection
) -> list[int]:
    gone = subject_deletable(look(transaction, subject), permanent=permanent)
    numbers = [each.version for each in gone]
    for number in numbers:
        _check_unreferenced(transaction, subject, number)
    if permanent:
        delete_for_good(transaction, subject, numbers)
    else:
        delete_softly(transaction, subject, numbers, last=True)
    _note_deletion(transaction, now_ms, actor, subject, permanent, {"versions": ",".join(map(str, numbers))})
    return numbers


def _delete_version(
    subject: SubjectName, number: int, permanent: bool, now_ms: int, actor: Actor, transaction: sa.Connection
) -> int:
    seen = look(transaction, subject)
    gone = version_deletable(seen, number, permanent=permanent)
    _check_unreferenced(transaction, subject, gone.version)
    if permanent:
        delete_for_good(transaction, subject, [gone.version])
    else:
        delete_softly(transaction, subject, [gone.version], last=live(seen.versions) == (gone,))
    _note_deletion(transaction, now_ms, actor, subject, permanent, {"version": str(gone.version)})
    return gone.version


def _check_unreferenced(transaction: sa.Connection, subject: SubjectName, number: int) -> None:
    if referring(transaction, subject, number):
        raise ReferencedError(subject, number)


def _note_deletion(
    transaction: sa.Connection,
    now_ms: int,
    actor: Actor,
    subject: SubjectName,
    permanent: bool,
    detail: Mapping[str, str],
) -> None:
    note(transaction, now_ms, actor, "schema.deleted", str(subject), {**detail, "permanent": str(permanent).lower()})
