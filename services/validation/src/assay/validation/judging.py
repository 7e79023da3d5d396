"""The verdicts on a slice of records: by the seat that each declares, first in a batch, then one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assay.contracts import Judged, Reason, Verdict, Violation
from assay.streaming import Record, UnreadableHeaders
from assay.validation.judges import Seat

__all__ = ["Explains", "Slice", "explain_here", "judge"]


class Explains(Protocol):
    """The second tier: has the last word on records that the first did not accept."""

    async def __call__(
        self, seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]
    ) -> Sequence[Judged]: ...


async def explain_here(seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]) -> list[Judged]:
    """Explain in this process, which is quick for records that mean no harm."""
    return [seat.judge.explain(value, ms) for value, ms in zip(values, arrived_ms, strict=True)]


@dataclass(slots=True)
class Slice:
    """Records of one partition, the seat of each (of the version in force, where it may not choose), and its verdict.

    `seat` is set when it is the same for all.
    """

    records: Sequence[Record]
    arrived_ms: Sequence[int]
    seats: Sequence[Seat]
    judged: list[Judged]
    seat: Seat | None


async def judge(
    records: Sequence[Record],
    arrived_ms: Sequence[int],
    places: Sequence[Seat | Verdict],
    home: Seat,
    explain: Explains,
) -> Slice:
    """Return the records with their verdicts; those that have a verdict in place of a seat keep it."""
    first = places[0]
    if isinstance(first, Seat) and places.count(first) == len(places):
        found = Slice(records, arrived_ms, [], await _by_seat(first, records, arrived_ms, explain), first)
    else:
        found = await _by_seats(records, arrived_ms, places, home, explain)
    for spot in [spot for spot, record in enumerate(records) if type(record.headers) is UnreadableHeaders]:
        found.judged[spot] = _UNREADABLE
    return found


async def _by_seats(
    records: Sequence[Record],
    arrived_ms: Sequence[int],
    places: Sequence[Seat | Verdict],
    home: Seat,
    explain: Explains,
) -> Slice:
    judged = [_NONE if isinstance(place, Seat) else Judged(place, None, 0) for place in places]
    for seat in {place for place in places if isinstance(place, Seat)}:
        spots = [spot for spot, place in enumerate(places) if place is seat]
        its_own = [records[spot] for spot in spots], [arrived_ms[spot] for spot in spots]
        for spot, one in zip(spots, await _by_seat(seat, *its_own, explain), strict=True):
            judged[spot] = one
    return Slice(records, arrived_ms, [place if isinstance(place, Seat) else home for place in places], judged, None)


async def _by_seat(seat: Seat, records: Sequence[Record], arrived_ms: Sequence[int], explain: Explains) -> list[Judged]:
    """Screen, then explain what the screen did not take."""
    values = [record.value for record in records]
    if start := seat.offset:
        values = [value and value[start:] for value in values]
    screened = seat.judge.screen(values, arrived_ms)
    left = [spot for spot, one in enumerate(screened) if one is None]
    explained = await explain(seat, [values[s] for s in left], [arrived_ms[s] for s in left]) if left else ()
    for spot, one in zip(left, explained, strict=True):
        screened[spot] = one
    return screened  # type: ignore[return-value]  # no None is left


_NONE = Judged(Verdict(Reason.ENGINE, (Violation("", "engine", "a verdict", "none"),)), None, 0)
_UNREADABLE = Judged(
    Verdict(Reason.MALFORMED, (Violation("", "headers", "names in UTF-8", "a name of other bytes"),)), None, 0
)
