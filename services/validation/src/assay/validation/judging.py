"""The verdicts on a block of records: by the seat that each declares, first in slices, then one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assay.contracts import Judged, Reason, Verdict, Violation
from assay.streaming import Block, Headers
from assay.validation.judges import Seat

__all__ = ["Explains", "Verdicts", "explain_here", "judge"]

SLICE = 250
"""Records screened before the loop gets a turn: half a millisecond to three, by their size."""


class Explains(Protocol):
    """The second tier: has the last word on records that the first did not accept."""

    async def __call__(
        self, seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]
    ) -> Sequence[Judged]: ...


async def explain_here(seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int]) -> list[Judged]:
    """Explain in this process, which is quick for records that mean no harm."""
    explained = []
    for value, ms in zip(values, arrived_ms, strict=True):
        explained.append(seat.judge.explain(value, ms))
        await asyncio.sleep(0)
    return explained


@dataclass(slots=True)
class Verdicts:
    """Records of one partition, the seat of each (of the version in force, where it may not choose), and its verdict.

    `seat` is set when it is the same for all. `marks` are headers that a dead letter has beside the usual, by its spot.
    """

    records: Block
    arrived_ms: Sequence[int]
    seats: Sequence[Seat]
    judged: list[Judged]
    seat: Seat | None
    marks: dict[int, Headers] = field(default_factory=dict)


async def judge(
    records: Block, arrived_ms: Sequence[int], places: Sequence[Seat | Verdict], home: Seat, explain: Explains
) -> Verdicts:
    """Return the records with their verdicts; those that have a verdict in place of a seat keep it."""
    first = places[0]
    if isinstance(first, Seat) and places.count(first) == len(places):
        found = Verdicts(records, arrived_ms, [], await _by_seat(first, records.values, arrived_ms, explain), first)
    else:
        found = await _by_seats(records, arrived_ms, places, home, explain)
    if not all(named.is_readable for named in {*records.layouts}):
        for spot, named in enumerate(records.layouts):
            if not named.is_readable:
                found.judged[spot] = _UNREADABLE
    return found


async def _by_seats(
    records: Block, arrived_ms: Sequence[int], places: Sequence[Seat | Verdict], home: Seat, explain: Explains
) -> Verdicts:
    judged = [_NONE if isinstance(place, Seat) else Judged(place, None, 0) for place in places]
    for seat in {place for place in places if isinstance(place, Seat)}:
        spots = [spot for spot, place in enumerate(places) if place is seat]
        values, arrivals = [records.values[spot] for spot in spots], [arrived_ms[spot] for spot in spots]
        for spot, one in zip(spots, await _by_seat(seat, values, arrivals, explain), strict=True):
            judged[spot] = one
    return Verdicts(records, arrived_ms, [place if isinstance(place, Seat) else home for place in places], judged, None)


async def _by_seat(
    seat: Seat, values: Sequence[bytes | None], arrived_ms: Sequence[int], explain: Explains
) -> list[Judged]:
    """Screen, then explain together what the screen did not take."""
    if start := seat.offset:
        values = [value and value[start:] for value in values]
    screened: list[Judged | None] = []
    for at in range(0, len(values), SLICE):
        screened += seat.judge.screen(values[at : at + SLICE], arrived_ms[at : at + SLICE])
        await asyncio.sleep(0)
    left = [spot for spot, one in enumerate(screened) if one is None]
    explained = await explain(seat, [values[s] for s in left], [arrived_ms[s] for s in left]) if left else ()
    for spot, one in zip(left, explained, strict=True):
        screened[spot] = one
    return screened  # type: ignore[return-value]  # no None is left


_NONE = Judged(Verdict(Reason.ENGINE, (Violation("", "engine", "a verdict", "none"),)), None, 0)
_UNREADABLE = Judged(
    Verdict(Reason.MALFORMED, (Violation("", "headers", "names in UTF-8", "a name of other bytes"),)), None, 0
)
