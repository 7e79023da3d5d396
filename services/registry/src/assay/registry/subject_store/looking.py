"""All that a decision about a subject rests on, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from assay.registry.subject_store.reading import stored_references, versions
from assay.registry.subject_store.tables import REFERENCES, SCHEMAS, SETTINGS, VERSIONS
from assay.registry.subjects.content import LATEST, Reference, References, SubjectVersion, live
from assay.registry.subjects.errors import SchemaInvalidError
from assay.registry.subjects.json_values import parse_object
from assay.registry.subjects.names import GLOBAL, SubjectName, read_subject
from assay.registry.subjects.registration import Seen
from assay.registry.subjects.settings import Access, Settings, inherited

__all__ = ["access_of", "look", "own_access", "own_settings", "pinned", "referring", "settings_of", "texts_of"]

MAX_CLOSURE = 2_000
MAX_CLOSURE_BYTES = 16 * 1024 * 1024


def look(transaction: sa.Connection, subject: SubjectName, references: tuple[Reference, ...] = ()) -> Seen:
    """Read a subject, what holds for it, and the texts behind the references of a candidate and of its versions.

    Raises:
        SchemaInvalidError: a reference of the candidate leads nowhere.
    """
    known = versions(transaction, subject)
    texts: dict[tuple[Reference, ...], Mapping[str, str]] = {
        references: _closure(transaction, subject.context, references, deleted=False)
    }
    for each in known:
        if each.content.references not in texts:
            texts |= _texts_behind(transaction, each)
    return Seen(subject, settings_of(transaction, subject), access_of(transaction, subject), known, texts)


def settings_of(transaction: sa.Connection, scope: SubjectName) -> Settings:
    """What holds for a scope: its own, its context's, everyone's, and the defaults."""
    own, *above = (own_settings(transaction, each) or Settings() for each in _scopes(scope))
    return inherited(own, *above)


def own_settings(transaction: sa.Connection, scope: SubjectName) -> Settings | None:
    """What a scope says itself, None where it says nothing."""
    config, _ = _row(transaction, scope)
    return Settings.of(parse_object(config)) if config else None


def access_of(transaction: sa.Connection, scope: SubjectName) -> Access:
    """The mode that holds for a scope."""
    modes = [own_access(transaction, each) for each in _scopes(scope)]
    if modes[-1] is Access.READONLY_OVERRIDE:
        return modes[-1]
    return next((mode for mode in modes if mode), Access.READWRITE)


def own_access(transaction: sa.Connection, scope: SubjectName) -> Access | None:
    """The mode that a scope has itself."""
    _, mode = _row(transaction, scope)
    return Access(mode) if mode else None


def pinned(transaction: sa.Connection, context: str, references: Sequence[Reference]) -> tuple[Reference, ...]:
    """The references with the number of the latest version where they ask for that.

    Raises:
        SchemaInvalidError: there is no such subject.
    """
    return tuple(
        Reference(each.name, each.subject, _latest(transaction, context, each)) if each.version == LATEST else each
        for each in references
    )


def texts_of(transaction: sa.Connection, context: str, references: tuple[Reference, ...]) -> References:
    """The texts behind references of what is registered already."""
    return {references: _closure(transaction, context, references)}


def referring(transaction: sa.Connection, subject: SubjectName, version: int) -> list[int]:
    """The ids of schemas of live versions that refer to this version."""
    query = (
        sa.select(REFERENCES.c.id)
        .distinct()
        .join(VERSIONS, sa.and_(VERSIONS.c.context == REFERENCES.c.context, VERSIONS.c.id == REFERENCES.c.id))
        .where(
            REFERENCES.c.to_context == subject.context,
            REFERENCES.c.to_subject == subject.name,
            REFERENCES.c.to_version == version,
            VERSIONS.c.deleted.is_(sa.false()),
        )
    )
    return sorted(transaction.execute(query).scalars())


def _texts_behind(transaction: sa.Connection, version: SubjectVersion) -> References:
    """The texts behind a version; none of a deleted one that refers to what is gone for good."""
    try:
        return texts_of(transaction, version.subject.context, version.content.references)
    except SchemaInvalidError:
        if not version.is_deleted:
            raise
        return {}


def _closure(
    transaction: sa.Connection, context: str, references: tuple[Reference, ...], *, deleted: bool = True
) -> dict[str, str]:
    """Name to text of all that is used, directly or not, each after those it uses itself."""
    texts: dict[str, str] = {}
    done: set[tuple[str, Reference]] = set()
    stack: list[tuple[str, Reference, str | None]] = [(context, each, None) for each in reversed(references)]
    size = 0
    while stack:
        where, reference, text = stack.pop()
        if text is not None:
            texts[reference.name] = text
        elif (where, reference) not in done:
            done.add((where, reference))
            inner, text, more = _referred(transaction, where, reference, deleted=deleted or where != context)
            size += len(text)
            if len(done) > MAX_CLOSURE or size > MAX_CLOSURE_BYTES:
                raise SchemaInvalidError("the schemas it refers to are too many, or too large")
            stack.append((where, reference, text))
            stack.extend((inner, each, None) for each in reversed(more))
    return texts


def _referred(
    transaction: sa.Connection, context: str, reference: Reference, *, deleted: bool
) -> tuple[str, str, tuple[Reference, ...]]:
    subject = read_subject(reference.subject, context)
    query = (
        sa.select(SCHEMAS.c.text, SCHEMAS.c.refs)
        .join(VERSIONS, sa.and_(VERSIONS.c.context == SCHEMAS.c.context, VERSIONS.c.id == SCHEMAS.c.id))
        .where(
            VERSIONS.c.context == subject.context,
            VERSIONS.c.subject == subject.name,
            VERSIONS.c.version == reference.version,
        )
    )
    if not deleted:
        query = query.where(VERSIONS.c.deleted.is_(sa.false()))
    row = transaction.execute(query).first()
    if row is None:
        raise SchemaInvalidError(
            f'No schema reference found for subject "{subject}" and version {reference.version}; register it first'
        )
    return subject.context, row.text, stored_references(row.refs)


def _latest(transaction: sa.Connection, context: str, reference: Reference) -> int:
    found = live(versions(transaction, read_subject(reference.subject, context)))
    if not found:
        raise SchemaInvalidError(f'No schema reference found for subject "{reference.subject}"; register it first')
    return found[-1].version


def _scopes(scope: SubjectName) -> tuple[SubjectName, ...]:
    return tuple(dict.fromkeys((scope, SubjectName(scope.context), GLOBAL)))


def _row(transaction: sa.Connection, scope: SubjectName) -> tuple[str, str]:
    query = sa.select(SETTINGS.c.config, SETTINGS.c.mode).where(
        SETTINGS.c.context == scope.context, SETTINGS.c.subject == scope.name
    )
    row = transaction.execute(query).first()
    return (row.config, row.mode) if row else ("", "")
