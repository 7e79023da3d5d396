"""Versions across subjects."""

from __future__ import annotations

import sqlalchemy as sa

from assay.registry.subject_store.reading import beginning, select_versions
from assay.registry.subject_store.tables import VERSIONS
from assay.registry.subjects.content import SubjectVersion

__all__ = ["list_versions"]

MAX_TEXT = 16 * 1024 * 1024
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
) -> list[SubjectVersion]:
    """A page of the versions of all subjects that begin so; the newest of each only, if wanted.

    It ends early where its texts are more than MAX_TEXT, so that no page is too much for the memory.
    """
    conditions = beginning(context, prefix)
    if not deleted:
        conditions.append(VERSIONS.c.deleted.is_(sa.false()))
    if latest:
        conditions.append(~_newer(deleted=deleted))
    page: list[SubjectVersion] = []
    size = 0
    for version in select_versions(transaction, conditions, offset=offset, limit=limit):
        page.append(version)
        size += len(version.content.text)
        if size > MAX_TEXT:
            break
    return page


def _newer(*, deleted: bool) -> sa.Exists:
    same = (OTHERS.c.context == VERSIONS.c.context, OTHERS.c.subject == VERSIONS.c.subject)
    query = sa.select(OTHERS.c.id).where(*same, OTHERS.c.version > VERSIONS.c.version)
    return sa.exists(query if deleted else query.where(OTHERS.c.deleted.is_(sa.false())))
