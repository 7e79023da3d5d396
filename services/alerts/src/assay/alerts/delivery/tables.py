"""The tables of what waits for its channel, what was delivered, and how the channels fare."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from assay.alerts.schema import SCHEMA

__all__ = ["CHANNELS", "DELIVERIES"]

DELIVERIES = Table(
    "deliveries",
    SCHEMA,
    Column("seq", Integer, primary_key=True),  # the order in which they were posted
    Column("key", Text, nullable=False, unique=True),
    Column("breach", Text, nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("waits", Boolean, nullable=False),  # neither delivered nor given up
    Column("next_try_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_until_ms", BigInteger, nullable=False),
    Column("delivered_ms", BigInteger),
    Column("gave_up_ms", BigInteger),
    Column("error", Text, nullable=False),
)
Index("deliveries_waiting", DELIVERIES.c.channel, DELIVERIES.c.waits, DELIVERIES.c.next_try_ms)
Index("deliveries_in_order", DELIVERIES.c.channel, DELIVERIES.c.fingerprint, DELIVERIES.c.target, DELIVERIES.c.seq)

CHANNELS = Table(
    "channels",
    SCHEMA,
    Column("name", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),  # moved by whoever claims, so that one process claims at a time
    Column("not_before_ms", BigInteger, nullable=False),  # the channel rests until then
    Column("failures", Integer, nullable=False),  # in a row
    Column("repeated_ms", BigInteger, nullable=False),  # when what is still firing was said again
    Column("error", Text, nullable=False),  # of the last attempt; empty where it went well
    Column("failed_ms", BigInteger),
)
