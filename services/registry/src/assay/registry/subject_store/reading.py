"""What subjects and schemas are there: reads of one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from assay.contracts.compatibility import Kind
from assay.registry.subject_store.tables import CONTEXTS, SCHEMAS, VERSIONS
from assay.registry.subjects.content import Content, Reference, SubjectVersion, read_references
from assay.registry.subjects.json_values import parse
from assay.registry.subjects.names import DEFAULT_CONTEXT, SubjectName
from assay.registry.tables import HISTORY

__all__ = [
    "beginning",
    "contexts",
    "forgotten",
    "having",
    "last_id",
    "numbers",
    "schema",
    "schema_by_guid",
    "schemas_after",
    "select_versions",
    "stored_content",
    "stored_references",
    "subjects",
    "versions",
]

AT_ONCE = 100
"""Rows with their texts that are read from the database at once."""

BOTH = sa.join(VERSIONS, SCHEMAS, sa.and_(VERSIONS.c.context == SCHEMAS.c.context, VERSIONS.c.id == SCHEMAS.c.id))
CONTENT = (SCHEMAS.c.guid, SCHEMAS.c.kind, SCHEMAS.c.text, SCHEMAS.c.refs, SCHEMAS.c.metadata, SCHEMAS.c.rules)


def versions(transaction: sa.Connection, subject: SubjectName, number: int | None = None) -> tuple[SubjectVersion, ...]:
    """All versions of a subject, deleted ones too, oldest first; or the one of that number."""
    conditions = [VERSIONS.c.context == subject.context, VERSIONS.c.subject == subject.name]
    if number is not None:
        conditions.append(VERSIONS.c.version == number)
    return tuple(select_versions(transaction, conditions))


def numbers(transaction: sa.Connection, subject: SubjectName) -> list[tuple[int, bool]]:
    """The number of each version of a subject, oldest first, and whether it is deleted."""
    query = sa.select(VERSIONS.c.version, VERSIONS.c.deleted).where(
        VERSIONS.c.context == subject.context, VERSIONS.c.subject == subject.name
    )
    return [(row.version, row.deleted) for row in transaction.execute(query.order_by(VERSIONS.c.version))]


def select_versions(
    transaction: sa.Connection,
    conditions: Iterable[sa.ColumnElement[bool]],
    *,
    offset: int = 0,
    limit: int | None = None,
) -> Iterator[SubjectVersion]:
    """The versions that fulfil all conditions, by subject and version, read as they are taken."""
    query = (
        sa.select(VERSIONS, *CONTENT)
        .select_from(BOTH)
        .where(*conditions)
        .order_by(VERSIONS.c.context, VERSIONS.c.subject, VERSIONS.c.version)
        .offset(offset)
        .limit(limit)
    )
    for row in transaction.execute(query, execution_options={"yield_per": AT_ONCE}).mappings():
        yield _version(row)


def subjects(
    transaction: sa.Connection, context: str | None, prefix: str, *, deleted: bool, only_deleted: bool
) -> list[SubjectName]:
    """The names of subjects in a context, or in all, that begin so, sorted."""
    live = sa.func.count().filter(VERSIONS.c.deleted.is_(sa.false()))
    query = (
        sa.select(VERSIONS.c.context, VERSIONS.c.subject)
        .group_by(VERSIONS.c.context, VERSIONS.c.subject)
        .where(*beginning(context, prefix))
    )
    if only_deleted:
        query = query.having(live == 0)
    elif not deleted:
        query = query.having(live > 0)
    return sorted(SubjectName(row.context, row.subject) for row in transaction.execute(query))


def having(transaction: sa.Connection, context: str, number: int, *, deleted: bool) -> list[tuple[SubjectName, int]]:
    """The subjects and versions that an id of a context stands for."""
    query = sa.select(VERSIONS.c.subject, VERSIONS.c.version).where(
        VERSIONS.c.context == context, VERSIONS.c.id == number
    )
    if not deleted:
        query = query.where(VERSIONS.c.deleted.is_(sa.false()))
    rows = transaction.execute(query.order_by(VERSIONS.c.subject, VERSIONS.c.version))
    return [(SubjectName(context, row.subject), row.version) for row in rows]


def schema(transaction: sa.Connection, context: str, number: int) -> tuple[Content, str] | None:
    """The schema of an id, and its guid."""
    query = sa.select(*CONTENT).where(SCHEMAS.c.context == context, SCHEMAS.c.id == number)
    row = transaction.execute(query).mappings().first()
    return (stored_content(row), row["guid"]) if row else None


def schemas_after(transaction: sa.Connection, context: str, number: int, limit: int) -> list[tuple[int, Content]]:
    """The schemas of a context with ids above a number, in order, so many at most."""
    query = sa.select(SCHEMAS.c.id, *CONTENT).where(SCHEMAS.c.context == context, SCHEMAS.c.id > number)
    rows = transaction.execute(query.order_by(SCHEMAS.c.id).limit(limit)).mappings()
    return [(row["id"], stored_content(row)) for row in rows]


def schema_by_guid(transaction: sa.Connection, guid: str) -> tuple[Content | None, list[tuple[str, int]]]:
    """The schema of a guid, and the ids it has, by context."""
    query = sa.select(SCHEMAS.c.context, SCHEMAS.c.id, *CONTENT).where(SCHEMAS.c.guid == guid)
    rows = transaction.execute(query.order_by(SCHEMAS.c.context, SCHEMAS.c.id)).mappings().all()
    return (stored_content(rows[0]) if rows else None), [(row["context"], row["id"]) for row in rows]


def contexts(transaction: sa.Connection) -> list[str]:
    """The contexts that have been written to; the default one is always there."""
    known = set(transaction.execute(sa.select(CONTEXTS.c.context).where(~CONTEXTS.c.closed)).scalars())
    return sorted(known | {DEFAULT_CONTEXT})


def last_id(transaction: sa.Connection, context: str) -> int:
    """The last id that was given in a context."""
    query = sa.select(HISTORY.c.last_id)
    if context != DEFAULT_CONTEXT:
        query = sa.select(CONTEXTS.c.last_id).where(CONTEXTS.c.context == context)
    return int(transaction.execute(query).scalar() or 0)


def forgotten(transaction: sa.Connection) -> int:
    """How often an id went for good: what was read before such a moment may be wrong after it."""
    return int(transaction.execute(sa.select(HISTORY.c.forgotten)).scalar_one())


def stored_content(row: sa.RowMapping) -> Content:
    """The content of a row of schemas."""
    return Content(Kind(row["kind"]), row["text"], stored_references(row["refs"]), row["metadata"], row["rules"])


def stored_references(text: str) -> tuple[Reference, ...]:
    """The references of a row of schemas."""
    if text == "[]":
        return ()
    found = parse(text)
    return read_references([each for each in found if isinstance(each, dict)] if isinstance(found, list) else [])


def beginning(context: str | None, prefix: str) -> list[sa.ColumnElement[bool]]:
    """Conditions for subjects of a context, or of all, that begin so."""
    conditions: list[sa.ColumnElement[bool]] = []
    if context is not None:
        conditions.append(VERSIONS.c.context == context)
    if prefix:
        conditions.append(sa.func.substr(VERSIONS.c.subject, 1, len(prefix)) == prefix)
    return conditions


def _version(row: sa.RowMapping) -> SubjectVersion:
    name = SubjectName(row["context"], row["subject"])
    return SubjectVersion(
        name, row["version"], row["id"], row["guid"], stored_content(row), row["deleted"], row["contract"]
    )
