"""Rows of references, read and written in the transaction of whoever asks. None is ever taken away: windows name them."""

from __future__ import annotations

import sqlalchemy as sa

from assay.drift.references.reference import Paper

__all__ = ["REFERENCES", "TABLES", "after", "keep"]

TABLES = sa.MetaData()
REFERENCES = sa.Table(
    "references",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("model_version", sa.String, nullable=False),
    sa.Column("profile", sa.LargeBinary, nullable=False),
    sa.Column("performance", sa.LargeBinary, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False, unique=True),
)
_ROW = REFERENCES.c


def after(connection: sa.Connection, place: int) -> list[Paper]:
    """Return what was set after a place, the oldest first."""
    rows = connection.execute(sa.select(REFERENCES).where(_ROW.place > place).order_by(_ROW.place)).mappings()
    return [Paper(**row) for row in rows]


def keep(connection: sa.Connection, paper: Paper, *, only_first: bool = False) -> None:
    """Put a reference in force for its version; where it is already, or `only_first` finds another there, do nothing."""
    _alone(connection)
    theirs = sa.select(_ROW.id).where(_ROW.model == paper.model, _ROW.model_version == paper.model_version)
    newest = connection.execute(theirs.order_by(_ROW.place.desc()).limit(1)).scalar()
    if newest == paper.id or (only_first and newest is not None):
        return
    place = 1 + (connection.execute(sa.select(sa.func.max(_ROW.place))).scalar() or 0)
    moved = sa.update(REFERENCES).where(_ROW.id == paper.id).values(place=place, since_ms=paper.since_ms)
    if not connection.execute(moved).rowcount:
        values = {column.name: getattr(paper, column.name) for column in REFERENCES.columns}
        connection.execute(sa.insert(REFERENCES).values(values | {"place": place}))


def _alone(connection: sa.Connection) -> None:
    """One that sets at a time: places must become visible in their order, for what is new is found by them."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql('LOCK TABLE "references" IN SHARE ROW EXCLUSIVE MODE')
    else:
        connection.execute(sa.update(REFERENCES).where(sa.false()).values(source=""))
