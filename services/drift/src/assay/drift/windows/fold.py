"""The fold of the ledger of drift: panes become rows by version, segment and stretch, and tell how far partitions are."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from assay.api.drift.v1.pane_pb2 import DriftPane, DriftSlice
from assay.drift.windows.counts import SliceCounts, packed, read_slice, unpacked
from assay.drift.windows.errors import UnreadableSliceError
from assay.drift.windows.lanes import Lane, Reach, went_on
from assay.drift.windows.series import Series
from assay.drift.windows.sessions import Visitor, keep_parts, read_part
from assay.drift.windows.tables import DIRTY, LANES, PANES, TOUCHED, USERS, WATCHED
from assay.drift.windows.users import Totals, read_units
from assay.monitoring.experiments import Session
from assay.runtime import Clock
from assay.runtime.rows import put
from assay.streaming import Record
from assay.streaming.ledger import POSITIONS
from assay.telemetry import get_logger, metrics

__all__ = ["LEDGER", "WindowFold", "lane_of"]

LEDGER = "drift-panes"
MOST_HOT = 256
"""Rows of panes that are kept unpacked; one of 500 features takes 100 KB."""
MAX_NAME = 255

log = get_logger()

Lanes = dict[tuple[str, int], Lane]
NOTHING = SliceCounts()


class _Key(NamedTuple):
    """A row of panes, the shard aside."""

    series: Series
    start_ms: int


class _User(NamedTuple):
    """A row of what users did, the shard aside."""

    series: Series
    metric: str
    variant: str
    user: bytes
    start_ms: int


class _Horizon(NamedTuple):
    """What of a model is too late: slices before, and of those that are not, predictions before."""

    labels_from_ms: int
    predictions_from_ms: int


@dataclass(slots=True)
class _Chunk:
    """What the panes of one chunk came to."""

    counts: dict[_Key, SliceCounts] = field(default_factory=dict)
    users: dict[_User, Totals] = field(default_factory=dict)
    sessions: defaultdict[Visitor, list[Session]] = field(default_factory=lambda: defaultdict(list))
    too_late: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Hot:
    """Rows as they are in the store while its position is `after`: they follow from the panes alone."""

    after: int | None
    counts: dict[_Key, SliceCounts] = field(default_factory=dict)


UNKNOWN = "unknown"
"""A model that nobody watches here: anybody may have made up its name."""


class WindowFold:
    """Adds every pane to the stretches that it counts, once; a pane that was counted before is left out.

    Rows of a shard are written by this fold alone. What it remembers of them is used only where the store stands at the
    position at which it was known.
    """

    def __init__(self, clock: Clock, ledger: str = LEDGER) -> None:
        self._clock = clock
        self._ledger = ledger
        self._hot: dict[int, _Hot] = {}
        self._told: dict[str, int] = {}

    def apply(self, transaction: sa.Connection, records: Sequence[Record]) -> None:
        shard, last = records[0].partition, records[-1].offset
        hot = self._known(transaction, records[0].topic, shard)
        panes = [pane for record in records if (pane := _read(record)) is not None]
        chunk, horizons = _Chunk(), _horizons(transaction, panes)
        lanes = _lanes(transaction, panes)
        for pane in panes:
            self._take(pane, lanes, horizons, chunk)
        _keep_counts(transaction, hot, chunk.counts, shard, last, horizons)
        _keep_users(transaction, chunk.users, shard, last)
        keep_parts(transaction, chunk.sessions, shard, last)
        put(transaction, LANES, [_row(lane) for _, lane in sorted(lanes.items())])
        hot.after = last + 1
        self._hot[shard] = hot
        self._tell(chunk.too_late)

    def _known(self, transaction: sa.Connection, topic: str, shard: int) -> _Hot:
        """What is known of a shard at the position where its store stands; to write first keeps SQLite from giving way."""
        place = {"ledger": self._ledger, "topic": topic, "partition": shard}
        transaction.execute(sa.update(POSITIONS).filter_by(**place).values(next_offset=POSITIONS.c.next_offset))
        stored = transaction.scalar(sa.select(POSITIONS.c.next_offset).filter_by(**place))
        hot = self._hot.pop(shard, None)
        return _Hot(stored) if hot is None or hot.after != stored else hot

    def _take(self, pane: DriftPane, lanes: Lanes, horizons: Mapping[str, _Horizon], chunk: _Chunk) -> None:
        place = (pane.model, pane.partition)
        lane = went_on(lanes.get(place), pane, self._clock.now_ms())
        if lane is None:
            metrics.DRIFT_PANES_REFUSED.labels("repeated").inc()
            log.warning("pane.repeated", model=pane.model, partition=pane.partition, slices=len(pane.slices))
            return
        lanes[place] = lane
        horizon = horizons.get(pane.model)
        for part in pane.slices:
            try:
                _add(chunk, pane.model, part, horizon)
            except UnreadableSliceError as error:
                _left_out(pane.model if horizon else UNKNOWN, "unreadable")
                log.warning("slice.unreadable", model=pane.model, partition=pane.partition, error=str(error))

    def _tell(self, too_late: Mapping[str, int]) -> None:
        """Say what was left out, once in a minute."""
        now = self._clock.now_ms() // 60_000
        for model, slices in too_late.items():
            _left_out(model, "too_late", slices)
            if self._told.get(model) != now:
                self._told[model] = now
                log.warning("slice.too_late", model=model, slices=slices)


def _left_out(model: str, why: str, slices: int = 1) -> None:
    metrics.DRIFT_SLICES_LEFT_OUT.labels(model, why).inc(slices)


def lane_of(row: Mapping[str, object], lead: str = "") -> Lane:
    """Read a row of `LANES`."""
    logs = {topic: Reach(*reach) for topic, reach in json.loads(str(row["logs"])).items()}
    told = {name: value for name, value in row.items() if name not in ("model", "logs")}
    return Lane(
        topic=str(row["model"]),
        logs=logs,
        next_offset=sum(each.next_offset for each in logs.values()),
        log_end=sum(each.log_end for each in logs.values()),
        lead=lead,
        **told,  # type: ignore[arg-type]  # the columns are its fields
    )


def _row(lane: Lane) -> tuple[object, ...]:
    logs = json.dumps(lane.logs, sort_keys=True)
    told = (getattr(lane, column.name) for column in LANES.c if column.name not in ("model", "logs", "partition"))
    return (lane.topic, lane.partition, logs, *told)


def _read(record: Record) -> DriftPane | None:
    """The pane of a record, None where it is none."""
    try:
        pane = DriftPane.FromString(record.value or b"")
    except DecodeError:
        metrics.DRIFT_PANES_REFUSED.labels("unreadable").inc()
        log.warning("pane.unreadable", topic=record.topic, offset=record.offset, error="the bytes are no such message")
        return None
    if not _is_name(pane.model):
        metrics.DRIFT_PANES_REFUSED.labels("unreadable").inc()
        log.warning("pane.unreadable", topic=record.topic, offset=record.offset, error="it lacks the name of its model")
        return None
    return pane


def _is_name(text: str, least: int = 1) -> bool:
    """Whether every database keeps it as it is; PostgreSQL refuses what holds a NUL."""
    return least <= len(text) <= MAX_NAME and "\0" not in text


def _lanes(transaction: sa.Connection, panes: Iterable[DriftPane]) -> Lanes:
    """The lanes of the models that these panes are of."""
    found = {}
    for model in sorted({pane.model for pane in panes}):
        for row in transaction.execute(sa.select(LANES).filter_by(model=model)).mappings():
            found[model, int(row["partition"])] = lane_of(row)  # type: ignore[arg-type]  # names to values
    return {place: found[place] for pane in panes if (place := (pane.model, pane.partition)) in found}


def _horizons(transaction: sa.Connection, panes: Iterable[DriftPane]) -> dict[str, _Horizon]:
    """What is too late of the models that these panes are of; it stays so until the transaction ends.

    Who judges moves it for what comes after all that it has seen, and must not miss what is let in at this moment.
    """
    query = sa.select(WATCHED.c.model, WATCHED.c.labels_from_ms, WATCHED.c.predictions_from_ms)
    mine = query.where(WATCHED.c.model.in_({pane.model for pane in panes})).order_by(WATCHED.c.model)
    rows = transaction.execute(mine.with_for_update(read=True))
    return {model: _Horizon(labels or 0, predictions or 0) for model, labels, predictions in rows}


def _add(chunk: _Chunk, model: str, part: DriftSlice, horizon: _Horizon | None) -> None:
    """Add what a slice counts; what of it is too late is left out."""
    if not (_is_name(part.model_version, 0) and _is_name(part.segment, 0)):
        raise UnreadableSliceError("a version or a segment has no name that a database keeps")
    if horizon is not None and part.start_ms < horizon.predictions_from_ms:
        chunk.too_late[model] += 1
        if part.start_ms < horizon.labels_from_ms:
            return
        part.ClearField("features")
        part.ClearField("operations")
    series = Series(model, part.model_version, part.segment)
    key = _Key(series, part.start_ms)
    found = chunk.counts.get(key, NOTHING) + read_slice(part)
    users: dict[_User, Totals] = {}
    for each in part.users:
        of = _User(series, each.metric, each.variant, _digest(each.user), part.start_ms)
        before = users.get(of) or chunk.users.get(of) or Totals(0, 0)
        users[of] = before.plus(Totals(_units(each.numerator), _units(each.denominator)))
    sessions = [(Visitor(series, each.variant, _digest(each.user)), read_part(each)) for each in part.sessions]
    chunk.counts[key] = found
    chunk.users |= users
    for who, session in sessions:
        chunk.sessions[who].append(session)


def _digest(user: str) -> bytes:
    """Who a user is needs not be known: the same one is the same."""
    return blake2b(user.encode(), digest_size=16).digest()


def _units(text: str) -> int:
    try:
        return read_units(text)
    except ValueError as error:
        raise UnreadableSliceError("what a user did is no exact sum") from error


def _keep_counts(
    transaction: sa.Connection,
    hot: _Hot,
    fresh: Mapping[_Key, SliceCounts],
    shard: int,
    seq: int,
    watched: Collection[str],
) -> None:
    rows, known = [], hot.counts
    for key, more in fresh.items():
        there = known.pop(key, None) or _stored(transaction, key, shard)
        try:
            known[key] = there + more  # the newest stand last
        except UnreadableSliceError as error:
            known[key] = there
            _left_out(key.series.model if key.series.model in watched else UNKNOWN, "unreadable")
            log.warning("slice.unreadable", model=key.series.model, start_ms=key.start_ms, error=str(error))
        rows.append((*key.series, key.start_ms, shard, packed(known[key])))
    put(transaction, PANES, rows)
    put(transaction, DIRTY, [(*key.series, key.start_ms, shard, seq, 0) for key in fresh])
    for key in [*known][: max(len(known) - MOST_HOT, 0)]:
        del known[key]


def _stored(transaction: sa.Connection, key: _Key, shard: int) -> SliceCounts:
    of = key.series._asdict() | {"start_ms": key.start_ms, "shard": shard}
    written = transaction.scalar(sa.select(PANES.c.counts).filter_by(**of))
    return NOTHING if written is None else unpacked(written)


def _keep_users(transaction: sa.Connection, fresh: Mapping[_User, Totals], shard: int, seq: int) -> None:
    rows: list[tuple[object, ...]] = []
    touched: dict[tuple[object, ...], None] = {}
    columns = [column.name for column in USERS.primary_key if column.name not in ("model", "version", "segment")]
    for key, more in sorted(fresh.items()):
        place = (key.metric, key.variant, key.user, key.start_ms, shard)
        of = key.series._asdict() | dict(zip(columns, place, strict=True))
        row = transaction.execute(sa.select(USERS.c.numerator, USERS.c.denominator).filter_by(**of)).first()
        total = more if row is None else more.plus(Totals(read_units(row.numerator), read_units(row.denominator)))
        rows.append((*key.series, *place, f"{total.numerator:x}", f"{total.denominator:x}"))
        touched[(*key.series, key.metric, key.variant, key.user, shard, seq)] = None
    put(transaction, USERS, rows)
    put(transaction, TOUCHED, [*touched])
