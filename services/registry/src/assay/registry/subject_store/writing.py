"""Adds versions and deletes them. Each takes the writers' lock first and looks again: what was decided must still hold."""

from __future__ import annotations

import sqlalchemy as sa

from assay.registry.subject_store.tables import CONTEXTS, REFERENCES, SCHEMAS, SETTINGS, VERSIONS
from assay.registry.subjects.content import SubjectVersion
from assay.registry.subjects.errors import NotPermittedError
from assay.registry.subjects.json_values import canonical
from assay.registry.subjects.names import DEFAULT_CONTEXT, SubjectName, read_subject
from assay.registry.subjects.registration import Addition
from assay.registry.tables import HISTORY, advance

__all__ = ["add", "close_context", "delete_for_good", "delete_softly", "keep_schema", "keep_settings", "lock"]

MAX_IMPORTED = 2**30
"""No import takes the sequence, which contracts share, further than half of what there is."""


def lock(transaction: sa.Connection) -> None:
    """Wait for the other writers; the first statement of a transaction that writes."""
    advance(transaction, revisions=0, ids=0)


def add(
    transaction: sa.Connection, subject: SubjectName, known: tuple[SubjectVersion, ...], new: Addition, now_ms: int
) -> SubjectVersion:
    """Add a version with the id of its content, with the one it asks for, or with the next.

    A soft-deleted version with the same id gives way: its id comes back under the new number.

    Raises:
        NotPermittedError: the id that it asks for stands for something else.
    """
    if subject.context != DEFAULT_CONTEXT:
        _open(transaction, subject.context)
    number = _number(transaction, subject.context, new)
    added = SubjectVersion(subject, new.version, number, new.guid, new.content)
    keep_schema(transaction, added)
    gone = [each.version for each in known if each.is_deleted and (each.id == number or each.version == new.version)]
    transaction.execute(sa.delete(VERSIONS).where(*_of(subject), VERSIONS.c.version.in_(gone)))
    transaction.execute(
        VERSIONS.insert().values(
            context=subject.context,
            subject=subject.name,
            version=new.version,
            id=number,
            deleted=False,
            contract="",
            added_ms=now_ms,
        )
    )
    return added


def keep_schema(transaction: sa.Connection, version: SubjectVersion) -> None:
    """Keep the content of a version under its id, where it isn't kept yet."""
    context, content = version.subject.context, version.content
    here = sa.select(SCHEMAS.c.id).where(SCHEMAS.c.context == context, SCHEMAS.c.id == version.id)
    if transaction.execute(here).first():
        return
    refs = canonical([each.as_json() for each in content.references])
    row = {"kind": str(content.kind), "text": content.text, "metadata": content.metadata, "rules": content.rules}
    transaction.execute(SCHEMAS.insert().values(context=context, id=version.id, guid=version.guid, refs=refs, **row))
    for place, each in enumerate(content.references):
        target = read_subject(each.subject, context)
        to = {"to_context": target.context, "to_subject": target.name, "to_version": each.version}
        transaction.execute(REFERENCES.insert().values(context=context, id=version.id, place=place, **to))


def delete_softly(transaction: sa.Connection, subject: SubjectName, numbers: list[int], *, last: bool) -> None:
    """Delete versions so that their ids still answer; settings go with the last one."""
    transaction.execute(sa.update(VERSIONS).where(*_of(subject), VERSIONS.c.version.in_(numbers)).values(deleted=True))
    if last:
        transaction.execute(
            sa.delete(SETTINGS).where(SETTINGS.c.context == subject.context, SETTINGS.c.subject == subject.name)
        )


def delete_for_good(transaction: sa.Connection, subject: SubjectName, numbers: list[int]) -> bool:
    """Delete versions, and the ids that stand for nothing more; True where there were such ids."""
    context = subject.context
    chosen = (*_of(subject), VERSIONS.c.version.in_(numbers))
    ids = list(transaction.execute(sa.select(VERSIONS.c.id).where(*chosen)).scalars())
    transaction.execute(sa.delete(VERSIONS).where(*chosen))
    used = sa.select(VERSIONS.c.id).where(VERSIONS.c.context == context, VERSIONS.c.id.in_(ids))
    unused = set(ids) - set(transaction.execute(used).scalars())
    for table in (SCHEMAS, REFERENCES):
        transaction.execute(sa.delete(table).where(table.c.context == context, table.c.id.in_(unused)))
    if unused:
        transaction.execute(sa.update(HISTORY).values(forgotten=HISTORY.c.forgotten + 1))
    return bool(unused)


def keep_settings(transaction: sa.Connection, scope: SubjectName, **values: str) -> None:
    """Write config or mode of a scope, whose row is made if it isn't there."""
    mine = sa.and_(SETTINGS.c.context == scope.context, SETTINGS.c.subject == scope.name)
    if not transaction.execute(sa.update(SETTINGS).where(mine).values(**values)).rowcount:
        row = {"config": "", "mode": "", **values}
        transaction.execute(SETTINGS.insert().values(context=scope.context, subject=scope.name, **row))


def close_context(transaction: sa.Connection, context: str) -> bool:
    """Forget an empty context and its settings; True where there was something of it.

    What its ids were counted by stays, so that none is given twice.
    """
    gone = transaction.execute(sa.delete(SETTINGS).where(SETTINGS.c.context == context)).rowcount
    opened = sa.and_(CONTEXTS.c.context == context, ~CONTEXTS.c.closed)
    return bool(gone + transaction.execute(sa.update(CONTEXTS).where(opened).values(closed=True)).rowcount)


def _number(transaction: sa.Connection, context: str, new: Addition) -> int:
    same = sa.select(sa.func.min(SCHEMAS.c.id)).where(SCHEMAS.c.context == context, SCHEMAS.c.guid == new.guid)
    if new.id is None:
        known: int | None = transaction.execute(same).scalar()
        return known or _next(transaction, context)
    if new.id > MAX_IMPORTED:
        raise NotPermittedError(f"Import of id {new.id} is not permitted: ids above {MAX_IMPORTED} are for new schemas")
    query = sa.select(SCHEMAS.c.guid).where(SCHEMAS.c.context == context, SCHEMAS.c.id == new.id)
    guid = transaction.execute(query).scalar()
    if guid not in (None, new.guid):
        raise NotPermittedError(f"Overwrite new schema with id {new.id} is not permitted.")
    _raise_to(transaction, context, new.id)
    return new.id


def _next(transaction: sa.Connection, context: str) -> int:
    if context == DEFAULT_CONTEXT:
        _, number = advance(transaction, revisions=0)
        return number
    raised = sa.update(CONTEXTS).values(last_id=CONTEXTS.c.last_id + 1).where(CONTEXTS.c.context == context)
    return int(transaction.execute(raised.returning(CONTEXTS.c.last_id)).scalar_one())


def _raise_to(transaction: sa.Connection, context: str, number: int) -> None:
    """No id that was imported is ever given again."""
    if context == DEFAULT_CONTEXT:
        transaction.execute(sa.update(HISTORY).where(HISTORY.c.last_id < number).values(last_id=number))
        return
    behind = sa.and_(CONTEXTS.c.context == context, CONTEXTS.c.last_id < number)
    transaction.execute(sa.update(CONTEXTS).where(behind).values(last_id=number))


def _open(transaction: sa.Connection, context: str) -> None:
    known = sa.select(CONTEXTS.c.context).where(CONTEXTS.c.context == context)
    if not transaction.execute(known).first():
        transaction.execute(CONTEXTS.insert().values(context=context, last_id=0, closed=False))
    transaction.execute(sa.update(CONTEXTS).where(CONTEXTS.c.context == context).values(closed=False))


def _of(subject: SubjectName) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return VERSIONS.c.context == subject.context, VERSIONS.c.subject == subject.name
