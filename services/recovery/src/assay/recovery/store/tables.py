"""The tables of recovery's store, and how they are made.

All but two are a projection of the topics: dropped and folded again whenever they are not of this schema. The two hold
what stands on no topic: records that a person resubmits, and what people are alerted of.
"""

from __future__ import annotations

import sqlalchemy as sa

from assay.streaming import ledger

__all__ = [
    "ACTIONS",
    "ALERTING",
    "DEAD_PARTITIONS",
    "FAILURES",
    "JUDGED_TO",
    "KEPT",
    "LEDGER",
    "LEFT",
    "MARKS",
    "PASSED",
    "PENDING",
    "PROGRESS",
    "RATES",
    "RUNS",
    "SCHEMA",
    "SETTLED",
    "TABLES",
    "TRIALS",
    "VALUES",
    "prepare",
]

SCHEMA = 2
"""Raised with every change of the tables below: a store of another number is folded anew from the topics."""

LEDGER = "recovery.index"
PREFIX = "recovery_index_"
OLDEST = "dead_letters"
"""The table of stores that had no number yet."""

TABLES = sa.MetaData()
KEPT = sa.MetaData()

NUMBER = sa.Table("recovery_schema", KEPT, sa.Column("number", sa.Integer, primary_key=True))

FAILURES = sa.Table(
    "recovery_index_failures",
    TABLES,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("contract", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("shape", sa.Text, nullable=False),
    sa.Column("producer", sa.Text, nullable=False),
    sa.Column("producer_version", sa.Text, nullable=False),  # that the newest one declares
    sa.Column("is_rest", sa.Boolean, nullable=False),  # all failures that have no row of their own
    sa.Column("dead_letters", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.BigInteger, nullable=False),
    sa.Column("replayed", sa.BigInteger, nullable=False),
    sa.Column("discarded", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
    sa.Column("judged", sa.BigInteger, nullable=False),  # replays that validation went past
    sa.Column("returned", sa.BigInteger, nullable=False),
    sa.Column("first_seen_ms", sa.BigInteger, nullable=False),
    sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
    sa.Column("newest_ms", sa.BigInteger, nullable=False),  # by the log's own time, which its retention reads
    sa.Column("last_hour_letters", sa.BigInteger, nullable=False),
    sa.Column("hours", sa.Text, nullable=False),  # JSON: dead letters by hour since 1970
    sa.Column("samples", sa.Text, nullable=False),  # JSON: the newest ones, the newest first
    sa.Column("violations", sa.LargeBinary, nullable=False),  # assay.api.validation.v1.Violations of the newest one
)
DEAD_PARTITIONS = sa.Table(
    "recovery_index_dead_partitions",
    TABLES,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("first_offset", sa.BigInteger),  # where the log began when it was folded
    sa.Column("next_offset", sa.BigInteger),
    sa.Column("settled_topic", sa.Text),  # that its settlements were folded from
)
SETTLED = sa.Table(
    "recovery_index_settled",
    TABLES,
    sa.Column("topic", sa.Text, primary_key=True),  # of the dead letters
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("block", sa.Integer, primary_key=True),
    sa.Column("replayed", sa.LargeBinary, nullable=False),  # a bit for each offset of the block; empty for none
    sa.Column("discarded", sa.LargeBinary, nullable=False),
    sa.Column("quarantined", sa.LargeBinary, nullable=False),
)
PENDING = sa.Table(
    "recovery_index_pending_replays",
    TABLES,
    sa.Column("topic", sa.Text, primary_key=True),  # raw.replay
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("first_offset", sa.BigInteger, primary_key=True),
    sa.Column("failure", sa.Text, nullable=False),
    sa.Column("contract", sa.Text, nullable=False),
    sa.Column("first_origin", sa.BigInteger, nullable=False),
    sa.Column("newest_ms", sa.BigInteger, nullable=False),
    sa.Column("places", sa.LargeBinary, nullable=False),  # of each replay: its offset, and that of its dead letter
)
JUDGED_TO = sa.Table(
    "recovery_index_judged_to",
    TABLES,
    sa.Column("topic", sa.Text, primary_key=True),  # a raw topic
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),  # validation judged what stands before it
)
RATES = sa.Table(
    "recovery_index_rates",
    TABLES,
    sa.Column("contract", sa.Text, primary_key=True),
    sa.Column("minute", sa.BigInteger, primary_key=True),  # since 1970, of judging
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("producer", sa.Text, primary_key=True),  # empty for all of them
    sa.Column("valid", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
)
ACTIONS = sa.Table(
    "recovery_index_actions",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False, index=True),
    sa.Column("contract", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
RUNS = sa.Table(
    "recovery_index_runs",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract", sa.Text, nullable=False, index=True),
    sa.Column("started", sa.LargeBinary, nullable=False),  # assay.api.recovery.v1.Run; empty while it is not known
    sa.Column("started_ms", sa.BigInteger, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False, index=True),
    sa.Column("is_paused", sa.Boolean, nullable=False),
    sa.Column("cancelled_ms", sa.BigInteger),
    sa.Column("ended_ms", sa.BigInteger),
    sa.Column("settled", sa.BigInteger, nullable=False),
)
PASSED = sa.Table(
    "recovery_index_run_partitions",
    TABLES,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("passed", sa.LargeBinary, nullable=False),  # assay.api.recovery.v1.RunPartition
)
PROGRESS = sa.Table(
    "recovery_index_progress",
    TABLES,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("passed", sa.LargeBinary, nullable=False),
)
TRIALS = sa.Table(
    "recovery_index_trials",
    TABLES,
    sa.Column("contract", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("flow", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
)
MARKS = sa.Table(
    "recovery_index_marks",
    TABLES,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("is_known", sa.Boolean, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
LEFT = sa.Table(
    "recovery_index_left",
    TABLES,
    sa.Column("failure", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("explanations", sa.Text, nullable=False),  # JSON: dead letters by the text that says why they stay
)
VALUES = sa.Table(
    "recovery_values",
    KEPT,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
ALERTING = sa.Table(
    "recovery_alerting",
    KEPT,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)


def prepare(connection: sa.Connection) -> None:
    """Make the tables where they are not there; a projection of another schema goes, with the positions it had."""
    KEPT.create_all(connection)
    ledger.TABLES.create_all(connection)
    if connection.scalar(sa.select(NUMBER.c.number)) != SCHEMA:
        _drop(connection)
        connection.execute(sa.insert(NUMBER).values(number=SCHEMA))
    TABLES.create_all(connection)


def _drop(connection: sa.Connection) -> None:
    there = sa.inspect(connection).get_table_names()
    for name in there:
        if name == OLDEST or name.startswith(PREFIX):
            sa.Table(name, sa.MetaData()).drop(connection)
    connection.execute(sa.delete(ledger.POSITIONS).where(ledger.POSITIONS.c.ledger == LEDGER))
    connection.execute(sa.delete(NUMBER))
