"""Rows of windows that were judged, of series and of models, read and written in the transaction of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.windows.breaches import Fires
from assay.drift.windows.series import Series
from assay.drift.windows.tables import SERIES, WATCHED, WINDOWS, of_series
from assay.drift.windows.users import Variant
from assay.monitoring.experiments import UserSums
from assay.runtime.rows import insert_missing, put

__all__ = [
    "Before",
    "Judged",
    "SeriesRow",
    "State",
    "Watched",
    "advance",
    "before",
    "firing_before",
    "keep",
    "keep_series",
    "lock",
    "next_start",
    "number_of",
    "series_row",
    "starts_among",
    "window_at",
]


_OF = of_series(WINDOWS)
_AT_MS: sa.BindParameter[int] = sa.bindparam("at_ms")
_AT = sa.select(WINDOWS.c.window, WINDOWS.c.state).where(_OF, WINDOWS.c.start_ms == _AT_MS)
_EARLIER = sa.select(WINDOWS.c.end_ms, WINDOWS.c.number, WINDOWS.c.state).where(_OF, WINDOWS.c.start_ms < _AT_MS)
_BEFORE = _EARLIER.order_by(WINDOWS.c.start_ms.desc()).limit(1)
_NEXT = sa.select(sa.func.min(WINDOWS.c.start_ms)).where(_OF, WINDOWS.c.start_ms > _AT_MS)
_WITHIN = WINDOWS.c.start_ms.between(sa.bindparam("first_ms"), sa.bindparam("last_ms"))
_STARTS = sa.select(WINDOWS.c.start_ms).where(_OF, _WITHIN)
_SERIES = sa.select(SERIES).where(of_series(SERIES))
"""Made once: to make a statement takes longer than SQLite takes to answer it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A model: when it was first seen, its watermark, and how often it was looked at."""

    model: str
    known_ms: int
    turns: int
    watermark_ms: int | None = None
    labels_from_ms: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What a window leaves to the next: what judging knows, and the sums over users up to its end."""

    judging: bytes = b""
    users: tuple[tuple[str, str, dict[str, int | str]], ...] = ()

    @classmethod
    def of(cls, judging: bytes, users: Mapping[tuple[str, str], UserSums]) -> State:
        """Return the state after a window."""
        return cls(judging, tuple((*name, sums.as_json()) for name, sums in sorted(users.items())))

    @classmethod
    def read(cls, written: bytes) -> State:
        """Return the state that was written."""
        return msgspec.msgpack.decode(written, type=cls)

    def written(self) -> bytes:
        """Return it as bytes; equal states give equal bytes."""
        return msgspec.msgpack.encode(self)

    def sums(self) -> dict[Variant, UserSums]:
        """The sums over users up to the end of the window."""
        return {Variant(metric, variant): UserSums.from_json(sums) for metric, variant, sums in self.users}


@dataclass(frozen=True, slots=True)
class Judged:
    """A window in its newest revision, and the state after it."""

    window: Window
    state: bytes


class Before(NamedTuple):
    """What a window needs to know of the one before."""

    end_ms: int
    number: int
    state: bytes


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """Which window of a series was told of last, and what fires since."""

    told_ms: int | None = None
    firing: Mapping[str, Fires] = field(default_factory=dict)


def lock(transaction: sa.Connection, model: str, now_ms: int) -> Watched:
    """Return how far a model is; no other process judges it until this transaction ends."""
    mine = WATCHED.c.model == model
    move = sa.update(WATCHED).where(mine).values(turns=WATCHED.c.turns + 1)
    if not transaction.execute(move).rowcount:
        insert_missing(transaction, WATCHED, [{"model": model, "known_ms": now_ms, "turns": 0}])
        transaction.execute(move)
    row = transaction.execute(sa.select(WATCHED).where(mine)).one()
    return Watched(row.model, row.known_ms, row.turns, row.watermark_ms, row.labels_from_ms or 0)


def advance(
    transaction: sa.Connection, model: str, watermark_ms: int | None, predictions_from_ms: int, labels_from_ms: int
) -> None:
    """Write how far a model is, and what comes too late from now on."""
    values = {
        "watermark_ms": watermark_ms,
        "predictions_from_ms": predictions_from_ms,
        "labels_from_ms": labels_from_ms,
    }
    transaction.execute(sa.update(WATCHED).filter_by(model=model).values(**values))


def before(transaction: sa.Connection, series: Series, start_ms: int) -> Before | None:
    """Return the newest window that begins before a time."""
    row = transaction.execute(_BEFORE, {**series._asdict(), "at_ms": start_ms}).first()
    return None if row is None else Before(*row)


def window_at(transaction: sa.Connection, series: Series, start_ms: int) -> Judged | None:
    """Return the window that begins at a time."""
    row = transaction.execute(_AT, {**series._asdict(), "at_ms": start_ms}).first()
    return None if row is None else Judged(Window.FromString(row.window), row.state)


def starts_among(transaction: sa.Connection, series: Series, starts: Collection[int]) -> set[int]:
    """Return at which of these times a window begins that was judged."""
    if not starts:
        return set()
    of = {**series._asdict(), "first_ms": min(starts), "last_ms": max(starts)}
    return {*transaction.scalars(_STARTS, of)} & {*starts}


def next_start(transaction: sa.Connection, series: Series, after_ms: int) -> int | None:
    """Return when the first window begins that begins after a time."""
    found = transaction.scalar(_NEXT, {**series._asdict(), "at_ms": after_ms})
    return None if found is None else int(found)


def number_of(transaction: sa.Connection, series: Series) -> int:
    """Return the number of the window that comes after all that were judged."""
    found = transaction.scalar(sa.select(sa.func.max(WINDOWS.c.number)).filter_by(**series._asdict()))
    return 0 if found is None else int(found) + 1


def keep(transaction: sa.Connection, series: Series, found: Judged, turn: int) -> None:
    """Write a window in place of its revision before."""
    window = found.window
    places = (window.start_ms, window.end_ms, window.number, window.revision, turn)
    put(transaction, WINDOWS, [(*series, *places, window.SerializeToString(), found.state)])


def series_row(transaction: sa.Connection, series: Series) -> SeriesRow:
    """Return what is known of a series."""
    row = transaction.execute(_SERIES, series._asdict()).first()
    return SeriesRow() if row is None else SeriesRow(row.told_ms, _firing(row.firing))


def firing_before(transaction: sa.Connection, model: str, told_ms: int) -> list[tuple[Series, SeriesRow]]:
    """Return the series of a model in which something fires, and of which nothing was told since a time."""
    query = sa.select(SERIES).filter_by(model=model).where(SERIES.c.firing != "{}", SERIES.c.told_ms < told_ms)
    return [
        (Series(row.model, row.version, row.segment), SeriesRow(row.told_ms, _firing(row.firing)))
        for row in transaction.execute(query).all()
    ]


def keep_series(transaction: sa.Connection, series: Series, row: SeriesRow) -> None:
    """Write what is known of a series."""
    put(transaction, SERIES, [(*series, row.told_ms, json.dumps(row.firing, sort_keys=True))])


def _firing(text: str) -> Mapping[str, Fires]:
    return {fingerprint: Fires(*each) for fingerprint, each in json.loads(text).items()}
