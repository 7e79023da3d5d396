"""Rows of breaches, read and written in the transaction of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict

import sqlalchemy as sa

from assay.alerts.breaches import Breach, Recipient, Role, Severity
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.schema import SCHEMA
from assay.alerts.wire import read_measurement, write_measurement

__all__ = [
    "BREACHES",
    "beginning",
    "find",
    "keep",
    "listed",
    "newest",
    "of_fingerprint",
    "open_ones",
    "prepare",
    "under",
]

BREACHES = sa.Table(
    "breaches",
    SCHEMA,
    sa.Column("seq", sa.Integer, primary_key=True),  # the order in which they were first heard of
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("fingerprint", sa.String, nullable=False, index=True),
    sa.Column("contract", sa.String, nullable=False, index=True),
    sa.Column("fired", sa.LargeBinary, nullable=False),
    sa.Column("latest", sa.LargeBinary, nullable=False),
    sa.Column("resolved", sa.LargeBinary),
    sa.Column("recipients", sa.Text, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("again", sa.Integer, nullable=False, server_default="0"),
    sa.Column("under", sa.String, nullable=False, server_default=""),
    sa.Column("is_told", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("severity", sa.String, nullable=False, server_default=Severity.WARNING.value),
    sa.Column("severity_reasons", sa.Text, nullable=False, server_default="[]"),
    sa.Column("evidence", sa.Text, nullable=False, server_default="[]"),
    sa.Column("fired_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("over_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("is_open", sa.Boolean, nullable=False, server_default=sa.false()),
)
_ROW = BREACHES.c
OPEN = sa.Index("breaches_open", _ROW.is_open)


def prepare(connection: sa.Connection) -> None:
    """Make the tables of alerts; a store that an older Assay made gets the columns that it lacks."""
    there = (
        {column["name"] for column in sa.inspect(connection).get_columns(BREACHES.name)}
        if _is_there(connection)
        else None
    )
    SCHEMA.create_all(connection)
    if there is None:
        return
    added = [column for column in BREACHES.columns if column.name not in there]
    for column in added:
        connection.exec_driver_sql(f"ALTER TABLE {BREACHES.name} ADD COLUMN {_written(connection, column)}")
    OPEN.create(connection, checkfirst=True)
    if _ROW.start_ms in added:
        for row in connection.execute(sa.select(BREACHES)).mappings().all():
            keep(connection, _breach(row))


def newest(connection: sa.Connection, fingerprint: str) -> Breach | None:
    """Return the breach of a promise whose first window is the newest."""
    return next(iter(of_fingerprint(connection, fingerprint, 1)), None)


def of_fingerprint(connection: sa.Connection, fingerprint: str, most: int = 50) -> list[Breach]:
    """Return the newest breaches of a promise, the oldest first."""
    query = sa.select(BREACHES).where(_ROW.fingerprint == fingerprint)
    rows = connection.execute(query.order_by(_ROW.start_ms.desc(), _ROW.again.desc()).limit(most)).mappings()
    return [_breach(row) for row in reversed(rows.all())]


def open_ones(connection: sa.Connection, contracts: Collection[str] = ()) -> list[Breach]:
    """Return every breach that is not over, or those of some contracts, in the order in which they were heard of."""
    query = sa.select(BREACHES).where(_ROW.is_open).order_by(_ROW.seq)
    if contracts:
        query = query.where(_ROW.contract.in_(contracts))
    return [_breach(row) for row in connection.execute(query).mappings()]


def under(connection: sa.Connection, breach: str) -> list[Breach]:
    """Return the open breaches that are told with this one."""
    query = sa.select(BREACHES).where(_ROW.is_open, _ROW.under == breach).order_by(_ROW.seq)
    return [_breach(row) for row in connection.execute(query).mappings()]


def find(connection: sa.Connection, breach: str) -> Breach | None:
    """Return the breach of an id."""
    row = connection.execute(sa.select(BREACHES).where(_ROW.id == breach)).mappings().first()
    return _breach(row) if row is not None else None


def beginning(connection: sa.Connection, text: str, most: int) -> list[Breach]:
    """Return breaches whose id begins with this, one whose id it is first."""
    query = (
        sa.select(BREACHES).where(_ROW.id.startswith(text, autoescape=True)).order_by(sa.func.length(_ROW.id), _ROW.seq)
    )
    return [_breach(row) for row in connection.execute(query.limit(most)).mappings()]


def listed(connection: sa.Connection, contract: str = "") -> list[Breach]:
    """Return every breach, or those of one contract, in the order in which they were heard of."""
    query = sa.select(BREACHES).order_by(_ROW.seq)
    if contract:
        query = query.where(_ROW.contract == contract)
    return [_breach(row) for row in connection.execute(query).mappings()]


def keep(connection: sa.Connection, breach: Breach) -> None:
    """Write a breach as it is now."""
    values = _values(breach)
    changed = connection.execute(sa.update(BREACHES).where(_ROW.id == breach.id).values(**values))
    if not changed.rowcount:
        connection.execute(sa.insert(BREACHES).values(**values))


def _values(breach: Breach) -> dict[str, object]:
    return {
        "id": breach.id,
        "fingerprint": breach.fired.fingerprint,
        "contract": breach.fired.contract,
        "fired": write_measurement(breach.fired).SerializeToString(),
        "latest": write_measurement(breach.latest).SerializeToString(),
        "resolved": write_measurement(breach.resolved).SerializeToString() if breach.resolved else None,
        "recipients": json.dumps([asdict(each) for each in breach.recipients]),
        "start_ms": breach.fired.window_start_ms,
        "again": breach.again,
        "under": breach.under,
        "is_told": breach.is_told,
        "severity": breach.severity.value,
        "severity_reasons": json.dumps(breach.severity_reasons),
        "evidence": json.dumps([asdict(each) for each in breach.evidence]),
        "fired_at_ms": breach.fired_at_ms,
        "over_at_ms": breach.over_at_ms,
        "is_open": breach.is_open,
    }


def _breach(row: sa.RowMapping) -> Breach:
    return Breach(
        fired=read_measurement(row["fired"]),
        latest=read_measurement(row["latest"]),
        resolved=read_measurement(row["resolved"]) if row["resolved"] else None,
        recipients=tuple(_recipient(each) for each in json.loads(row["recipients"])),
        again=row["again"],
        under=row["under"],
        is_told=row["is_told"],
        severity=Severity(row["severity"]),
        severity_reasons=tuple(json.loads(row["severity_reasons"])),
        evidence=tuple(_evaluation(each) for each in json.loads(row["evidence"])),
        fired_at_ms=row["fired_at_ms"],
        over_at_ms=row["over_at_ms"],
    )


def _recipient(kept: dict[str, str]) -> Recipient:
    """One that was kept before there were roles was told as an owner."""
    return Recipient(**{**kept, "role": Role(kept.get("role", Role.OWNER))})  # type: ignore[arg-type]  # as asdict wrote it


def _evaluation(kept: dict[str, object]) -> Evaluation:
    return Evaluation(**{**kept, "outcome": Outcome(str(kept["outcome"]))})  # type: ignore[arg-type]  # as asdict wrote it


def _is_there(connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table(BREACHES.name)


def _written(connection: sa.Connection, column: sa.Column[object]) -> str:
    return str(sa.schema.CreateColumn(column).compile(dialect=connection.dialect))
