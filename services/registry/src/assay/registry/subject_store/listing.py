"""Versions across subjects."""

from __future__ import annotations

import sqlalchemy as sa

from assay.registry.subject_store.reading import beginning, select_versions
from assay.registry.subject_store.tables import VERSIONS
from assay.registry.subjects.content import SubjectVersion

__all__ = ["list_versions"]

OTHERS = VERSIONS.alias("others")


def list_versions(
    transaction: sa.Connection,
    context: str | None,
    prefix: str,
    *,
    deleted: bool,
    latest: bool,
    offset: int,
    limit: int,
) -> tuple[SubjectVersion, ...]:
    """A page of the versions of all subjects that begin so; the newest of each only, if wanted."""
    conditions = beginning(context, prefix)
    if not deleted:
        conditions.append(VERSIONS.c.deleted.is_(sa.false()))
    if latest:
        conditions.append(~_newer(deleted=deleted))
    return select_versions(transaction, conditions, offset=offset, limit=limit)


def _newer(*, deleted: bool) -> sa.Exists:
    same = (OTHERS.c.context == VERSIONS.c.context, OTHERS.c.subject == VERSIONS.c.subject)
    query = sa.select(OTHERS.c.id).where(*same, OTHERS.c.version > VERSIONS.c.version)
    return sa.exists(query if deleted else query.where(OTHERS.c.deleted.is_(sa.false())))
