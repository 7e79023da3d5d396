"""The claims of the demo, each held against what was found: pure comparisons of sets and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assay.cli.demo.census import Census
from assay.cli.demo.outcome import AlarmStory, BreachStory, Check, DayMeasured, StayingLetters
from assay.cli.demo.recount import ExpectedFlights

__all__ = [
    "Stored",
    "Told",
    "alarm_checks",
    "breach_checks",
    "fault_checks",
    "promise_checks",
    "record_checks",
    "stated_checks",
]


@dataclass(slots=True)
class Stored:
    """What a table holds: the raw positions its rows came from, and its rows by day."""

    sources: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that reached somebody."""

    recipient: str
    state: str
    window: str


def record_checks(
    contract: str, census: Census, sent: Counter[int], lake: Stored, warehouse: Stored
) -> Iterable[Check]:
    """Nothing is lost and nothing is doubled between source, raw, verdict, lake and warehouse."""
    yield Check(
        f"{contract}: every source row is in raw once",
        census.values == sent,
        f"{sent.total():,} sent, {census.source_rows:,} in raw, {(sent - census.values).total():,} missing, "
        f"{(census.values - sent).total():,} too many",
    )
    yield Check(
        f"{contract}: every raw record has exactly one verdict",
        not (census.unjudged or census.twice or census.strangers),
        f"{len(census.raw):,} raw = {census.validated.total():,} validated + {census.dead.total():,} dead letters; "
        f"{len(census.unjudged):,} without, {len(census.twice):,} with two, {len(census.strangers):,} unknown",
    )
    yield Check(
        f"{contract}: every replay was settled once and answers a dead letter of its own",
        _settled_once(census),
        f"{len(census.replays):,} replays of {len(set(census.replays.values())):,} dead letters, "
        f"{census.settled.total():,} settlements",
    )
    yield _same_sources(f"{contract}: the lake has each validated record once", census.validated, lake.sources)
    yield _same_sources(f"{contract}: the warehouse has each row of the lake once", lake.sources, warehouse.sources)
    yield _same_days(f"{contract}: the warehouse has the lake's rows day by day", lake.by_day, warehouse.by_day)


def fault_checks(census: Census, letters: Sequence[StayingLetters], expected: ExpectedFlights) -> Iterable[Check]:
    """The faults of the source are the dead letters, and those that can be repaired came back."""
    repaired = len(census.repaired)
    yield _equal(
        "flights: every missing tail number was repaired", repaired, expected.without_plane, "replays accepted"
    )
    staying = census.dead_letters - set(census.replays.values())
    yield _equal(
        "flights: every landing without an arrival delay stays a dead letter",
        len(staying),
        expected.landed_without_delay,
        "dead letters without a replay",
    )
    explained = sum(group.dead_letters - group.replayed for group in letters if group.explanation)
    yield _equal("flights: every dead letter that stays is explained", explained, len(staying), "explained")


def promise_checks(days: Sequence[DayMeasured], expected: ExpectedFlights) -> Iterable[Check]:
    """The warehouse measured each day what the source says, and broke the promise on the same days."""
    measured = {day.day: (day.rows, round(day.percent, 2)) for day in days}
    wanted = {day.day: (day.rows, round(day.percent, 2)) for day in expected.days}
    differing = sorted(day for day in measured.keys() | wanted.keys() if measured.get(day) != wanted.get(day))
    yield Check(
        "arr_delay: each day's missing share is what a recount of the source says",
        not differing,
        f"{len(wanted)} days" + (f"; differing: {', '.join(differing[:5])}" if differing else ", all equal"),
    )
    broken = {day.day: f"{day.percent:.0f} %" for day in days if not day.kept}
    beyond = {day.day: f"{day.percent:.0f} %" for day in expected.broken}
    yield Check(
        "arr_delay: the promise is broken on the days of the recount and on no other",
        broken == beyond,
        _days_in_words(broken),
    )


def breach_checks(
    breaches: Sequence[BreachStory], told: Collection[Told], parties: Sequence[str], expected: ExpectedFlights
) -> Iterable[Check]:
    """Each run of broken days fired one breach, each end resolved it, and everyone concerned was told of both once."""
    yield _equal("one breach fires for each run of broken days", len(breaches), expected.fired, "fired")
    resolved = sum(breach.resolved_on is not None for breach in breaches)
    yield _equal(
        "each breach is resolved by the first day that keeps the promise", resolved, expected.resolved, "resolved"
    )
    fired_on = [breach.fired_on for breach in breaches]
    resolved_on = [breach.resolved_on for breach in breaches if breach.resolved_on]
    heard = Counter(told)
    for party in parties:
        wanted = Counter(
            [Told(party, "firing", day) for day in fired_on] + [Told(party, "resolved", day) for day in resolved_on]
        )
        found = Counter({notice: times for notice, times in heard.items() if notice.recipient == party})
        yield Check(
            f"{party} was told of each breach and of its end, once",
            bool(fired_on) and found == wanted,
            "; ".join(f"{notice.state} {notice.window}" for notice in sorted(found, key=lambda n: n.window))
            or "nothing",
        )


def alarm_checks(
    alarms: Sequence[AlarmStory],
    letters: Sequence[StayingLetters],
    told: Collection[tuple[str, str]],
    parties: Sequence[str],
) -> Iterable[Check]:
    """Each failure of which dead letters stay was one alert, to everyone, and none is said to be over."""
    staying = sum(group.dead_letters > group.replayed for group in letters if group.contract == "flights")
    yield _equal("flights: dead letters that stay are one alert a failure", len(alarms), staying, "alerts")
    wanted = Counter((alarm.fingerprint, party) for alarm in alarms for party in parties)
    yield Check(
        "flights: owner and consumers were told of each alert once, and of no end",
        Counter(told) == wanted and not any(alarm.is_over for alarm in alarms),
        f"{len(told)} notices to {', '.join(parties)}",
    )


def stated_checks(census: Census, days: Sequence[DayMeasured], breaches: Sequence[BreachStory]) -> Iterable[Check]:
    """January and February come out as they are known to: the numbers stand here, not in a recount."""
    yield _equal("January and February: 51,955 flights", census.source_rows, 51_955, "flights in raw")
    yield _equal("January and February: 601 repaired", len(census.repaired), 601, "repaired")
    yield _equal(
        "January and February: 119 stay dead letters", len(census.dead_letters) - len(census.replays), 119, "stay"
    )
    broken = {day.day: round(day.percent) for day in days if not day.kept}
    yield Check(
        "January and February: the blizzard breaks the promise on 8 and 9 February (51 %, 57 %), no other day",
        broken == {"2013-02-08": 51, "2013-02-09": 57},
        _days_in_words({day: f"{percent} %" for day, percent in broken.items()}),
    )
    spans = [(breach.fired_on, breach.resolved_on) for breach in breaches]
    yield Check(
        "January and February: one breach, fired on 8 February, over on 10 February",
        spans == [("2013-02-08", "2013-02-10")],
        "; ".join(f"{start} to {end or 'now'}" for start, end in spans) or "no breach",
    )


def _settled_once(census: Census) -> bool:
    answered = set(census.replays.values())
    once = len(answered) == len(census.replays) and answered <= census.dead_letters
    return once and census.settled.total() == len(census.settled) == len(census.replays)


def _same_sources(name: str, wanted: Counter[str], found: Counter[str]) -> Check:
    return Check(
        name,
        wanted == found,
        f"{wanted.total():,} and {found.total():,}; {(wanted - found).total():,} missing, "
        f"{(found - wanted).total():,} too many",
    )


def _same_days(name: str, wanted: Mapping[str, int], found: Mapping[str, int]) -> Check:
    differing = sorted(day for day in wanted.keys() | found.keys() if wanted.get(day) != found.get(day))
    detail = f"{len(wanted)} days, all equal" if not differing else f"differing: {', '.join(differing[:5])}"
    return Check(name, not differing, detail)


def _equal(name: str, found: int, wanted: int, what: str) -> Check:
    detail = f"{found:,} {what}" if found == wanted else f"{found:,} {what}, not {wanted:,}"
    return Check(name, found == wanted, detail)


def _days_in_words(days: Mapping[str, str]) -> str:
    return ", ".join(f"{day} ({share})" for day, share in days.items()) or "no day"
