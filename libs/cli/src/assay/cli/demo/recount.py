"""What the source rows alone say must come out: a recount that shares no code with the services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

__all__ = ["LIMIT_PERCENT", "ExpectedDay", "ExpectedFlights", "recount"]

LIMIT_PERCENT = 20.0
"""The promise of the contract: at most this share of a day's flights without an arrival delay."""

_NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class ExpectedDay:
    """One day in New York: the flights that keep the contract after repair, and those without an arrival delay."""

    day: str
    rows: int
    missing: int

    @property
    def percent(self) -> float:
        """Share of the day's flights without an arrival delay."""
        return 100 * self.missing / self.rows

    @property
    def broken(self) -> bool:
        """The promise does not hold on this day."""
        return self.percent > LIMIT_PERCENT


@dataclass(frozen=True, slots=True)
class ExpectedFlights:
    """What must come out of the rows that went in."""

    rows: int
    without_plane: int
    landed_without_delay: int
    days: tuple[ExpectedDay, ...]

    @property
    def broken(self) -> tuple[ExpectedDay, ...]:
        """The days on which the promise does not hold."""
        return tuple(day for day in self.days if day.broken)

    @property
    def fired(self) -> int:
        """How many breaches fire: one for each run of broken days."""
        return sum(broken for broken, _ in groupby(self.days, key=lambda day: day.broken))

    @property
    def resolved(self) -> int:
        """How many of them are over by the last day."""
        return self.fired - (bool(self.days) and self.days[-1].broken)


def recount(records: Iterable[Mapping[str, str | int | None]]) -> ExpectedFlights:
    """Count the faults that the flights contract names, and each day's missing arrival delays."""
    rows = without_plane = landed_without_delay = 0
    on_day: Counter[str] = Counter()
    missing_on: Counter[str] = Counter()
    for record in records:
        rows += 1
        without_plane += record["tailnum"] is None
        if record["arr_time"] is not None and record["arr_delay"] is None:
            landed_without_delay += 1
            continue
        day = _day_in_new_york(str(record["scheduled_departure"]))
        on_day[day] += 1
        missing_on[day] += record["arr_delay"] is None
    days = tuple(ExpectedDay(day, on_day[day], missing_on[day]) for day in sorted(on_day))
    return ExpectedFlights(rows, without_plane, landed_without_delay, days)


def _day_in_new_york(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(_NEW_YORK).date().isoformat()
