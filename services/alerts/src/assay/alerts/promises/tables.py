"""The tables of promises: how far each contract is evaluated, and what each window came to."""

from __future__ import annotations

import sqlalchemy as sa

from assay.alerts.schema import SCHEMA

__all__ = ["EVALUATIONS", "STANDS", "WATCHED"]

WATCHED = sa.Table(
    "watched",
    SCHEMA,
    sa.Column("contract", sa.String(255), primary_key=True),
    sa.Column("known_ms", sa.BigInteger, nullable=False),  # when it was first seen, by the wall clock
    sa.Column(
        "evaluated_to_ms", sa.BigInteger
    ),  # windows that end here or before are closed; null before the first record
    sa.Column("watermark_ms", sa.BigInteger),
    sa.Column("turns", sa.BigInteger, nullable=False),  # moved by whoever evaluates, so that one process does at a time
)

EVALUATIONS = sa.Table(
    "evaluations",
    SCHEMA,
    sa.Column("fingerprint", sa.String(255), primary_key=True),
    sa.Column("start_ms", sa.BigInteger, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("contract", sa.String(255), nullable=False),
    sa.Column("version", sa.String(255), nullable=False),
    sa.Column("promise", sa.String(255), nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("bad", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("memory", sa.String(16), nullable=False),  # what hysteresis remembers after it
    sa.Column("is_newest", sa.Boolean, nullable=False),  # whether no later revision stands for the window
    sqlite_with_rowid=False,
)
sa.Index("evaluations_by_age", EVALUATIONS.c.at_ms)
sa.Index("evaluations_by_end", EVALUATIONS.c.fingerprint, EVALUATIONS.c.end_ms)
sa.Index("evaluations_of_contract", EVALUATIONS.c.contract, EVALUATIONS.c.promise)

STANDS = sa.Table(
    "stands",
    SCHEMA,
    sa.Column("fingerprint", sa.String(255), primary_key=True),
    sa.Column("contract", sa.String(255), nullable=False, index=True),
    sa.Column("promise", sa.String(255), nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),  # of its newest window
    sa.Column("memory", sa.String(16), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("burns", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
"""How each promise stands after its newest window."""
