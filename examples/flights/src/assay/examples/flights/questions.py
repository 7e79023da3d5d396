"""What is known of a flight as it is due to leave, and what was true of it in the end: the delay model's questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assay.examples.flights.departures import in_event_time_order
from assay.examples.flights.tables import read_weather

__all__ = ["LATE_MIN", "NUMBERS", "WORDS", "Known", "Question", "known_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WORDS = ("carrier", "origin")
NUMBERS = ("hour", "distance", "wind_speed", "visibility", "precipitation", "recent_delay")
"""The features, in the model's order: words first. `hour` is that of the clock at the airport; `recent_delay` is the mean
delay, in minutes, of the flights that left the airport in the two hours before; missing where fewer than three did."""

LATE_MIN = 15
"""A flight is late that arrives so many minutes behind schedule, or more."""

_RECENT_MS = 2 * 3_600_000
_RECENT_FLIGHTS = 3
_MINUTE_MS = 60_000
_WEATHER = {"wind_speed": "wind_speed", "visibility": "visib", "precipitation": "precip"}


@dataclass(frozen=True, slots=True)
class Question:
    """Will this flight be late? `is_late` is None where it never came to where it was to go."""

    prediction_id: str
    at_ms: int
    features: Mapping[str, float | str | None]
    is_late: bool | None
    landed_ms: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Questions as columns of equal length, in the order of `at_ms`. A number that is not known is NaN.

    `late` is 1, 0, or -1 where nobody can say. `landed_ms` is when it left and the minutes it was in the air.
    """

    ids: tuple[str, ...]
    at_ms: Ints
    words: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, Floats]
    late: Ints
    landed_ms: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, first: int, end: int) -> Known:
        """The questions from one place up to another."""
        return Known(
            self.ids[first:end],
            self.at_ms[first:end],
            {name: each[first:end] for name, each in self.words.items()},
            {name: each[first:end] for name, each in self.numbers.items()},
            self.late[first:end],
            self.landed_ms[first:end],
        )

    def before(self, at_ms: int) -> int:
        """How many were asked before a moment."""
        return int(np.searchsorted(self.at_ms, at_ms))

    def questions(self) -> Iterator[Question]:
        """Yield them one by one."""
        numbers = {name: [None if x != x else x for x in each.tolist()] for name, each in self.numbers.items()}
        late, at_ms, landed_ms = self.late.tolist(), self.at_ms.tolist(), self.landed_ms.tolist()
        for place, name in enumerate(self.ids):
            features: dict[str, float | str | None] = {each: self.words[each][place] for each in WORDS}
            features |= {each: numbers[each][place] for each in NUMBERS}
            is_known = late[place] >= 0
            yield Question(
                name,
                at_ms[place],
                features,
                bool(late[place]) if is_known else None,
                landed_ms[place] if is_known else None,
            )


def known_of(last_month: int = 12) -> Known:
    """Read the questions of January up to and with a month, one for each departure, in the order of departures."""
    flights = in_event_time_order(last_month)
    at_ms = _milliseconds(flights["scheduled_departure"])
    numbers = {"hour": _floats(flights["hour"]), "distance": _floats(flights["distance"]), **_weather_at(flights)}
    delay, in_the_air = _floats(flights["dep_delay"]), _floats(flights["air_time"])
    origins = tuple(flights["origin"].to_pylist())
    numbers["recent_delay"] = _recent_delay(np.array(origins), at_ms, delay)
    behind = _floats(flights["arr_delay"])
    late = np.where(np.isnan(behind), -1, behind >= LATE_MIN).astype(np.int64)
    landed_ms = at_ms + np.nan_to_num((delay + in_the_air) * _MINUTE_MS).astype(np.int64)
    words = {"carrier": tuple(flights["carrier"].to_pylist()), "origin": origins}
    return Known(tuple(_ids(flights)), at_ms, words, {name: numbers[name] for name in NUMBERS}, late, landed_ms)


def _ids(flights: pa.Table) -> Iterator[str]:
    """Carrier, number, airport and minute name a flight: UA1545-EWR-2013-01-01T10:15:00Z."""
    names = ("carrier", "flight", "origin", "scheduled_departure")
    for carrier, flight, origin, at in zip(*(flights[name].to_pylist() for name in names), strict=True):
        yield f"{carrier}{flight}-{origin}-{at}"


def _weather_at(flights: pa.Table) -> dict[str, Floats]:
    """The weather of the hour at the airport, NaN where nobody wrote it down."""
    weather = read_weather()
    hours = pc.strftime(pc.cast(weather["time_hour"], pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
    place = {key: row for row, key in enumerate(zip(weather["origin"].to_pylist(), hours.to_pylist(), strict=True))}
    keys = zip(flights["origin"].to_pylist(), flights["time_hour"].to_pylist(), strict=True)
    rows = np.array([place.get(key, -1) for key in keys], dtype=np.int64)
    return {name: np.append(_floats(weather[column]), np.nan)[rows] for name, column in _WEATHER.items()}


def _recent_delay(origins: NDArray[np.str_], at_ms: Ints, delay: Floats) -> Floats:
    """The mean delay of those that had left the same airport in the last two hours, whenever they should have."""
    found = np.full(len(at_ms), np.nan)
    for origin in np.unique(origins):
        here = np.flatnonzero(origins == origin)
        gone = here[np.isfinite(delay[here])]
        left_ms = at_ms[gone] + (delay[gone] * _MINUTE_MS).astype(np.int64)
        order = np.argsort(left_ms, kind="stable")
        total = np.concatenate([[0.0], np.cumsum(delay[gone][order])])
        first = np.searchsorted(left_ms[order], at_ms[here] - _RECENT_MS)
        end = np.searchsorted(left_ms[order], at_ms[here])
        count = end - first
        enough = count >= _RECENT_FLIGHTS
        found[here[enough]] = (total[end] - total[first])[enough] / count[enough]
    return found


def _milliseconds(column: pa.ChunkedArray) -> Ints:
    moments = pc.strptime(column, format="%Y-%m-%dT%H:%M:%SZ", unit="ms")
    return np.asarray(pc.cast(moments, pa.int64()).to_numpy(), dtype=np.int64)


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(), dtype=np.float64)
