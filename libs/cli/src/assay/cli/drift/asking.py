"""A check of files: reads both sides alike, cuts the current one into windows, and asks the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from assay.cli.drift.columns import as_labels, as_numbers, is_moment, seconds_of, speaks_in_numbers
from assay.cli.errors import CommandError
from assay.cli.spelling import EMPTY
from assay.cli.tabular import Empty, read_table
from assay.monitoring.checking import Untested, check, windows_of_rows, windows_of_time
from assay.monitoring.errors import ProfileError
from assay.monitoring.multivariate import even_windows
from assay.monitoring.profiles import Labels, Numbers, Profile, profile_of
from assay.monitoring.profiles.bins import CategoryBins
from assay.monitoring.profiles.columns import Floats, Ints, Table, taken
from assay.monitoring.profiles.papers import profile_from_json
from assay.monitoring.scales import Heard, Scaled, check_at_scales, q_at_scales
from assay.monitoring.verdicts import q_for
from assay.monitoring.verdicts.budget import MINUTES_A_MONTH
from assay.monitoring.verdicts.verdict import Judgement

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Asked", "Cut", "cut_alike", "judged", "names_taken", "order_of", "profile_and_cut"]

WEEK_MIN = 7 * 24 * 60
"""So much later a longer window of time is still closed, where nothing came at its end."""

MOMENT = "a moment that goes on with the rows: name it with --time, or leave it out with --ignore"


@dataclass(frozen=True, slots=True)
class Asked:
    """How to read and cut, as the options say; windows are of rows, or else of minutes of event time."""

    time: str | None = None
    ignored: frozenset[str] = frozenset()
    shuffled: bool = False
    window_rows: int = 0
    window_minutes: float = 0
    budget: float = 1.0
    windows_a_month: float = 0
    floor: float = 0.01
    seasons: bool = True
    numeric: Mapping[str, bool] = field(default_factory=dict)
    """Columns that are known to be of numbers, or of words; what others are, their values say."""
    empty: Empty = field(default_factory=dict)
    """Columns whose words are taken as they stand in a CSV, each with what an empty cell may say."""
    known: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Words that columns have: one that is spelt otherwise and means one of them is that one."""
    only: frozenset[str] | None = None
    """The columns that are taken; None for all."""
    scales: tuple[int, ...] = ()
    """Longer windows that are judged as well, in multiples of the shortest."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A file's columns in order of time, and its windows as places in them."""

    table: Table
    windows: list[Ints]


@dataclass(frozen=True, slots=True)
class _Side:
    """A file's columns, and its rows in order of time where that is known."""

    file: Path
    rows: pa.Table
    moments: Floats | None

    @property
    def order(self) -> Ints:
        """The places of the rows, in time order."""
        if self.moments is None:
            return np.arange(self.rows.num_rows, dtype=np.int64)
        return np.argsort(self.moments, kind="stable").astype(np.int64)

    @property
    def ordered(self) -> Floats | None:
        """The moments of the rows in time order, where they are known."""
        return None if self.moments is None else self.moments[self.order]

    def only(self, rows: Ints) -> _Side:
        """Some of the rows."""
        return _Side(self.file, self.rows.take(rows), None if self.moments is None else self.moments[rows])


def judged(reference: Path, current: Path, asked: Asked) -> Iterator[Judgement | Untested | Heard]:
    """Judge the windows of a file against a reference, itself a file of rows or a profile.

    Raises:
        CommandError: a file cannot be used, or they have no column in common.
    """
    if reference.name.endswith(".json"):
        whole = _read_profile(reference)
        now = _side(current, asked, _known(whole))
        profile = whole.only(_shared(names_taken(whole.names, asked), reference, now))
    else:
        before = _side(reference, asked)
        now = _side(current, asked, _spoken(before, asked))
        profile, _ = _profiled(before, now, asked)
    cut = _cut(now, profile, asked)
    rate = asked.windows_a_month or _rate(now, len(cut.windows))
    moments = now.ordered if asked.seasons else None
    profile = _noted(profile, now)
    if asked.scales:
        yield from _at_scales(profile, cut, _places(now, cut, asked), asked, rate, moments)
        return
    q = q_for(asked.budget, len(profile.names), rate)
    yield from check(profile, cut.table, cut.windows, q, asked.floor, moments)


def _at_scales(
    profile: Profile, cut: Cut, places: list[int], asked: Asked, rate: float, moments: Floats | None
) -> Iterator[Heard]:
    scales = (1, *asked.scales)
    scaled = Scaled.of(profile, scales, q_at_scales(asked.budget, len(profile.names), rate, scales), asked.floor)
    patience = WEEK_MIN / asked.window_minutes if asked.window_minutes else 0
    yield from check_at_scales(
        profile, cut.table, list(zip(places, cut.windows, strict=True)), scaled, moments, patience
    )


def _places(now: _Side, cut: Cut, asked: Asked) -> list[int]:
    """Where each window lies: its number, or for windows of time how many lie before it since 1970, also where nothing came."""
    if asked.window_rows or now.ordered is None:
        return list(range(len(cut.windows)))
    return [int(now.ordered[rows[0]] // (60 * asked.window_minutes)) for rows in cut.windows]


def cut_alike(reference: Path, current: Path, asked: Asked) -> tuple[Profile, Cut, Cut]:
    """Read two files of rows alike and cut both into windows; the profile has the bins of the reference, and no more.

    Raises:
        CommandError: a file cannot be used, or they have no column in common.
    """
    before = _side(reference, asked)
    now = _side(current, asked, _spoken(before, asked))
    profile, table = _profiled(before, now, replace(asked, shuffled=True, seasons=False))
    return profile, Cut(table, _windows(before, asked)), _cut(now, profile, asked)


def profile_and_cut(
    file: Path, asked: Asked, also: Mapping[str, str] | None = None, rows: Ints | None = None
) -> tuple[Profile, Cut]:
    """Make the profile of a file of rows, and cut them into windows: of even size where no other is asked for.

    Rows in no order are cut into none. `also` are columns that stand in it under another name; `rows` are those that are
    taken, as places in the file, None for all.

    Raises:
        CommandError: the file cannot be used, or all its columns are ignored.
    """
    side = _side_with(file, asked, also)
    side = side if rows is None else side.only(rows)
    profile, table = _profiled(side, side, asked)
    if asked.shuffled:
        return profile, Cut(table, [])
    if asked.window_rows or asked.window_minutes:
        return profile, Cut(table, _windows(side, asked))
    return profile, Cut(table, even_windows(side.rows.num_rows))


def _side_with(file: Path, asked: Asked, also: Mapping[str, str] | None) -> _Side:
    side = _side(file, asked)
    for name, column in (also or {}).items():
        if column not in side.rows.column_names:
            raise CommandError(f"{file}: there is no column {column}, there are {', '.join(side.rows.column_names)}")
        side = replace(side, rows=side.rows.append_column(name, side.rows[column]))
    return side


def order_of(file: Path, asked: Asked) -> Ints:
    """Return the places of a file's rows in order of time.

    Raises:
        CommandError: the file cannot be used.
    """
    return _side(file, asked).order


def _side(file: Path, asked: Asked, words: Mapping[str, Collection[str]] = MappingProxyType({})) -> _Side:
    """Read a file; `words` are those that columns of words have: where `NA` is one of them it is no empty cell."""
    empty = {**asked.empty, **{name: EMPTY.difference(there) for name, there in words.items()}}
    rows = read_table(file, words={name: nulls for name, nulls in empty.items() if name != asked.time})
    if asked.time is None:
        return _Side(file, rows, None)
    if asked.time not in rows.column_names:
        raise CommandError(
            f"{file}: there is no column {asked.time}; --time takes one of {', '.join(rows.column_names)}"
        )
    try:
        return _Side(file, rows, seconds_of(rows[asked.time]))
    except CommandError as error:
        raise CommandError(f"{file}: the column {asked.time}, that --time names, holds {error}") from error


def names_taken(columns: Iterable[str], asked: Asked) -> list[str]:
    """Return the columns that are profiled, of those that there are."""
    only = asked.only
    return [
        name for name in columns if (only is None or name in only) and name not in asked.ignored and name != asked.time
    ]


def _shared(names: list[str], before: Path, now: _Side) -> list[str]:
    shared = [name for name in names if name in now.rows.column_names]
    if not shared:
        raise CommandError(f"{before} and {now.file} have no column in common that is not ignored")
    return shared


def _spoken(before: _Side, asked: Asked) -> dict[str, tuple[str, ...]]:
    """The words of the columns that a reference has as words."""
    columns = {name: before.rows[name] for name in names_taken(before.rows.column_names, asked)}
    of_words = (name for name, column in columns.items() if speaks_in_numbers(column) is False)
    return {name: as_labels(columns[name]).words for name in of_words}


def _known(profile: Profile) -> dict[str, tuple[str, ...]]:
    """The words of the columns that a profile has as words."""
    columns = zip(profile.names, profile.bins, strict=True)
    return {name: (*bins.own, *bins.others) for name, bins in columns if isinstance(bins, CategoryBins)}


def _profiled(before: _Side, now: _Side, asked: Asked) -> tuple[Profile, Table]:
    """The profile of what both files have, and the columns of the one that it is of, in order of time."""
    names = _shared(names_taken(before.rows.column_names, asked), before.file, now)
    numeric = {
        name: asked.numeric[name] if name in asked.numeric else _numeric(before.rows[name], now.rows[name])
        for name in names
    }
    columns = {name: _column(before.rows[name], numeric[name], asked.known.get(name, ())) for name in names}
    table = taken(columns, before.order)
    moments = {
        name: MOMENT for name in names if is_moment(before.rows[name].type) and _goes_on(table[name], now.rows[name])
    }
    times = before.ordered if asked.seasons else None
    return profile_of(table, in_order=not asked.shuffled, notes=moments, moments_s=times), table


def _numeric(before: pa.ChunkedArray, now: pa.ChunkedArray) -> bool:
    """Whether a column is one of numbers, in both files: the reference decides, unless it has no value at all."""
    decided = speaks_in_numbers(before)
    return (speaks_in_numbers(now) if decided is None else decided) is True


def _column(column: pa.ChunkedArray, numeric: bool, known: Collection[str]) -> Numbers | Labels:
    return as_numbers(column) if numeric else as_labels(column, known)


def _goes_on(before: Numbers | Labels, now: pa.ChunkedArray) -> bool:
    """Whether moments tell when a row was written: they rise with the rows, hardly repeat, or all come later."""
    values = before.finite() if isinstance(before, Numbers) else np.zeros(0)
    if not values.size:
        return True
    rising = values.size < 2 or float((np.diff(values) >= 0).mean()) > 0.95
    alone = np.unique(values).size > 0.9 * values.size and bool((values % 86_400).any())
    return rising or alone or _is_later(now, float(values.max()))


def _cut(side: _Side, profile: Profile, asked: Asked) -> Cut:
    """The columns of a profile, in numbers or in words as it has them, and the windows."""
    known = _known(profile)
    table = {name: _column(side.rows[name], name not in known, known.get(name, ())) for name in profile.names}
    return Cut(taken(table, side.order), _windows(side, asked))


def _windows(now: _Side, asked: Asked) -> list[Ints]:
    """The windows, as places in time order."""
    if asked.window_rows:
        return windows_of_rows(now.rows.num_rows, asked.window_rows)
    if now.ordered is None:
        raise CommandError("windows of time need --time COLUMN")
    windows = windows_of_time(now.ordered, 60 * asked.window_minutes)
    if not windows:
        raise CommandError(f"{now.file}: no row has a moment in {asked.time}, that --time names")
    return windows


def _rate(now: _Side, windows: int) -> float:
    """Windows a month as the file goes, one a minute where it says nothing of time."""
    moments = np.zeros(0) if now.moments is None else now.moments[np.isfinite(now.moments)]
    months = float(np.ptp(moments)) / 60 / MINUTES_A_MONTH if moments.size else 0.0
    return windows / months if months > 0 else float(MINUTES_A_MONTH)


def _noted(profile: Profile, now: _Side) -> Profile:
    """Leave out the moments that all come later than those of the reference, which a profile can't tell by itself."""
    later = {name: MOMENT for name, latest in profile.latest.items() if _is_later(now.rows[name], latest)}
    return replace(profile, notes={**profile.notes, **later})


def _is_later(now: pa.ChunkedArray, latest: float) -> bool:
    """Whether most moments of a column come after that one."""
    after = as_numbers(now).finite() if is_moment(now.type) else np.zeros(0)
    return bool(after.size and np.median(after) > latest)


def _read_profile(file: Path) -> Profile:
    try:
        return profile_from_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ProfileError) as error:
        raise CommandError(f"{file}: {error}") from error
