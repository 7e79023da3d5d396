"""Who changed what in the registry, when and why: an entry in the transaction of each change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from assay.registry.tables import AUDIT, HISTORY
from assay.runtime.caller import Actor

__all__ = ["NOBODY", "Actor", "Entry", "entries", "note"]

NAME_LIMIT = 255
REASON_LIMIT = 2_000
TARGET_LIMIT = 1_024
VALUE_LIMIT = 2_000


NOBODY = Actor("")
"""A call that does not say who makes it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. Numbers grow by one in the order in which changes were kept."""

    number: int
    at_ms: int
    actor: str
    reason: str
    action: str
    target: str
    detail: Mapping[str, str] = field(default_factory=dict)


def note(
    transaction: sa.Connection,
    now_ms: int,
    actor: Actor,
    action: str,
    target: str,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write the entry of a change into the change's own transaction: both are kept, or neither.

    Texts are cut to what a column takes. Put no secret into them: whoever may read the registry reads the audit.
    """
    number = transaction.execute(
        sa.update(HISTORY).values(last_entry=HISTORY.c.last_entry + 1).returning(HISTORY.c.last_entry)
    ).scalar_one()
    facts = {**({"commit": actor.commit} if actor.commit else {}), **(detail or {})}
    transaction.execute(
        AUDIT.insert().values(
            number=number,
            at_ms=now_ms,
            actor=_cut(actor.name, NAME_LIMIT),
            reason=_cut(actor.reason, REASON_LIMIT),
            action=action,
            target=_cut(target, TARGET_LIMIT),
            detail=json.dumps({key: _cut(value, VALUE_LIMIT) for key, value in facts.items()}, sort_keys=True),
        )
    )


def entries(transaction: sa.Connection, before: int, limit: int, target: str = "") -> Sequence[Entry]:
    """Return the newest entries with a number below `before` (0 for all), newest first; those of one target, if named."""
    query = sa.select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
    if before:
        query = query.where(AUDIT.c.number < before)
    if target:
        query = query.where(AUDIT.c.target == target)
    return [Entry(**{**row, "detail": json.loads(row["detail"])}) for row in transaction.execute(query).mappings()]


def _cut(text: str, limit: int) -> str:
    """A text as a column takes it: no NUL, which PostgreSQL refuses, and no half of a character."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
