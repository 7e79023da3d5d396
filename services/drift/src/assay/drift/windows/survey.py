"""What all models are like, read at once: cheap, so that only those are taken in hand of which something has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from assay.drift.models import WatchedModel
from assay.drift.windows.judged import Watched
from assay.drift.windows.lanes import Lane
from assay.drift.windows.tables import DIRTY, SESSION_PARTS, TOUCHED, WATCHED
from assay.drift.windows.turn import lanes_of

__all__ = ["Surveyed", "survey"]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One model: how far it is, None before it was first taken in hand; its partitions; and what was touched in it."""

    watched: Watched | None
    lanes: tuple[Lane, ...]
    first_dirty_ms: int | None
    has_users: bool

    @property
    def mark_ms(self) -> int:
        """The watermark; 0 where there is none yet."""
        return (self.watched and self.watched.watermark_ms) or 0

    def is_due(self, mark_ms: int | None) -> bool:
        """Whether a turn would do something, once the watermark is there."""
        if self.watched is None or mark_ms != self.watched.watermark_ms or self.has_users:
            return True
        return mark_ms is not None and self.first_dirty_ms is not None and self.first_dirty_ms < mark_ms


def survey(transaction: sa.Connection, models: Collection[WatchedModel]) -> Mapping[str, Surveyed]:
    """Return what there is of these models."""
    watched = {
        row.model: Watched(row.model, row.known_ms, row.turns, row.watermark_ms)
        for row in transaction.execute(sa.select(WATCHED))
    }
    dirty = sa.select(DIRTY.c.model, sa.func.min(DIRTY.c.start_ms).label("first_ms")).group_by(DIRTY.c.model)
    first = {row.model: row.first_ms for row in transaction.execute(dirty)}
    users = {
        name for table in (TOUCHED, SESSION_PARTS) for name in transaction.scalars(sa.select(table.c.model).distinct())
    }
    return {
        model.name: Surveyed(
            watched.get(model.name),
            tuple(lanes_of(transaction, model)),
            first.get(model.name),
            model.name in users,
        )
        for model in models
    }
