"""The closing account: each contract's records counted from topics and tables, each claim held against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.cli.demo import checks
from assay.cli.demo.census import Census
from assay.cli.demo.checks import Stored, Told
from assay.cli.demo.outcome import AlarmStory, BreachStory, Check, Counts, DayMeasured, StayingLetters
from assay.cli.demo.recount import ExpectedFlights
from assay.cli.demo.watch_checks import alert_checks, stated_watch_checks, watch_checks
from assay.cli.demo.watched import DayWatched, Watched

__all__ = ["Found", "Said", "all_checks", "counts"]


@dataclass(frozen=True, slots=True)
class Found:
    """What an independent reader found of one contract, and the fingerprints of what was sent."""

    contract: str
    sent: Counter[int]
    census: Census
    lake: Stored
    warehouse: Stored


@dataclass(frozen=True, slots=True)
class Said:
    """What the services said before they were stopped, who was to be told, and what windows must say."""

    days: tuple[DayMeasured, ...]
    breaches: tuple[BreachStory, ...]
    letters: tuple[StayingLetters, ...]
    notices: Sequence[Told]
    parties: Sequence[str]
    alarms: tuple[AlarmStory, ...]
    alarm_notices: Sequence[tuple[str, str]]
    everyone: Sequence[str]
    watched: Watched
    concerned: Sequence[str]
    recounted: Sequence[DayWatched]


def counts(found: Found) -> Counts:
    """Answer the records of one contract."""
    return Counts(
        raw=len(found.census.raw),
        replayed=len(found.census.replays),
        validated=found.census.validated.total(),
        dead_letters=found.census.dead.total(),
        repaired=len(found.census.repaired),
        lake=found.lake.sources.total(),
        warehouse=found.warehouse.sources.total(),
    )


def all_checks(found: Mapping[str, Found], said: Said, expected: ExpectedFlights, *, stated: bool) -> Iterator[Check]:
    """Yield every check; `stated` adds those whose numbers are known beforehand, for January and February."""
    for each in found.values():
        yield from checks.record_checks(each.contract, each.census, each.sent, each.lake, each.warehouse)
    flights = found["flights"].census
    yield from checks.fault_checks(flights, said.letters, expected)
    yield from checks.promise_checks(said.days, expected)
    yield from checks.breach_checks(said.breaches, said.notices, said.parties, expected)
    yield from checks.alarm_checks(said.alarms, said.letters, said.alarm_notices, said.everyone)
    yield from watch_checks(said.watched, said.recounted)
    yield from alert_checks(said.watched, said.concerned)
    if stated:
        yield from checks.stated_checks(flights, said.days, said.breaches)
        yield from stated_watch_checks(said.watched)
