"""Panes, folded: how far validation judged each raw partition, and what it judged in each minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import Reason
from assay.recovery.store.tables import JUDGED_TO, RATES
from assay.recovery.store.upsert import Excluded, Row, clean, upsert
from assay.streaming import Partition, Record
from assay.telemetry import get_logger

__all__ = ["ALL", "MAX_PRODUCERS", "RATES_MS", "fold"]

RATES_MS = 6 * 3_600_000
"""How long the counts of a minute are kept; people are told of a producer by what it sent within an hour or so."""

MAX_PRODUCERS = 256
"""Producers of a contract that are counted by name in a minute: they give themselves their names."""

MINUTE_MS = 60_000
MAX_WORD = 255
MAX_PRODUCER = 128
ALL = ""
"""The producer under which the records of all of them are counted."""

Key = tuple[str, int, str, str]


def fold(transaction: sa.Connection, records: Sequence[Record], now_ms: int) -> set[Partition]:
    """Take in panes; return the partitions that validation went on in."""
    positions: dict[Partition, int] = {}
    rates: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for pane in filter(None, map(_read, records)):
        at = Partition(clean(pane.topic, MAX_WORD), pane.partition)
        positions[at] = max(positions.get(at, 0), pane.next_offset)
        if pane.slices and pane.at_ms >= now_ms - RATES_MS:
            _count(rates, pane)
    _keep_positions(transaction, positions)
    _bound(transaction, rates)
    _keep_rates(transaction, rates)
    return set(positions)


def _read(record: Record) -> Pane | None:
    try:
        return Pane.FromString(record.value or b"")
    except DecodeError:
        get_logger().warning("pane.unreadable", topic=record.topic, offset=record.offset)
        return None


def _count(rates: Mapping[Key, list[int]], pane: Pane) -> None:
    place = (clean(pane.contract, MAX_WORD), pane.at_ms // MINUTE_MS, clean(pane.topic, MAX_WORD))
    minutes = [minute for part in pane.slices for minute in part.minutes]
    counts = rates[*place, ALL]
    counts[0] += sum(minute.valid for minute in minutes)
    counts[1] += sum(
        refused.count for minute in minutes for refused in minute.refused if refused.reason != Reason.HELD
    )  # what only waits is counted when it went back
    for each in pane.producers:
        if each.producer:
            counts = rates[*place, clean(each.producer, MAX_PRODUCER)]
            counts[0] += each.valid
            counts[1] += each.refused


def _bound(transaction: sa.Connection, rates: dict[Key, list[int]]) -> None:
    """Leave out the producers beyond those that a minute takes: the ones of which least was refused."""
    named: defaultdict[tuple[str, int, str], list[str]] = defaultdict(list)
    for contract, minute, topic, producer in rates:
        if producer != ALL:
            named[contract, minute, topic].append(producer)
    for (contract, minute, topic), producers in named.items():
        there = sa.select(RATES.c.producer).filter_by(contract=contract, minute=minute, topic=topic)
        known = {*transaction.scalars(there)} - {ALL}
        fresh = sorted((-rates[contract, minute, topic, name][1], name) for name in {*producers} - known)
        for _, producer in fresh[max(0, MAX_PRODUCERS - len(known)) :]:
            del rates[contract, minute, topic, producer]


def _keep_positions(transaction: sa.Connection, positions: Mapping[Partition, int]) -> None:
    rows = [{"topic": at.topic, "partition": at.partition, "next_offset": positions[at]} for at in sorted(positions)]
    upsert(transaction, JUDGED_TO, rows, _later)


def _keep_rates(transaction: sa.Connection, rates: Mapping[Key, Sequence[int]]) -> None:
    names = ("contract", "minute", "topic", "producer", "valid", "refused")
    rows = [dict(zip(names, (*key, *rates[key]), strict=True)) for key in sorted(rates)]
    upsert(transaction, RATES, rows, _more)


def _later(new: Excluded) -> Row:
    """A pane that was folded late takes nothing back."""
    there = JUDGED_TO.c.next_offset
    return {"next_offset": sa.case((new["next_offset"] > there, new["next_offset"]), else_=there)}


def _more(new: Excluded) -> Row:
    return {name: RATES.c[name] + new[name] for name in ("valid", "refused")}
