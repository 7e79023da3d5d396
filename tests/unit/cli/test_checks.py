from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from assay.cli.demo import checks
from assay.cli.demo.census import Census
from assay.cli.demo.checks import Stored, Told
from assay.cli.demo.outcome import AlarmStory, BreachStory, Check, DayMeasured, StayingLetters
from assay.cli.demo.recount import ExpectedDay, ExpectedFlights
from assay.contracts import Topics

TOPICS = Topics("f.raw.app", None, "f.raw.replay", "f.validated", "f.dead-letters", "f.settled")
SENT = Counter({11: 1, 12: 1, 13: 1})
DAYS = (ExpectedDay("2013-02-07", 100, 1), ExpectedDay("2013-02-08", 100, 51), ExpectedDay("2013-02-09", 100, 2))
EXPECTED = ExpectedFlights(3, 1, 1, DAYS)
MEASURED = [DayMeasured(day.day, day.rows, day.percent, not day.broken) for day in DAYS]
BREACH = BreachStory("p", "2013-02-08", "51 %", "2013-02-08", "51 %", "2013-02-09", "2 %", ("ines", "model"))
NOTICES = [Told(who, *what) for who in BREACH.told for what in (("firing", "2013-02-08"), ("resolved", "2013-02-09"))]


ALARM = AlarmStory("failure/1", "1 dead letter open", is_over=False, told=("ines", "model"))
LETTERS = [
    StayingLetters("flights", "rule", "landing", 1, 0, "no flow applies"),
    StayingLetters("flights", "schema", "plane", 4, 4, ""),
]


def census() -> Census:
    """Three sent: one fine, one repaired, one that stays."""
    return Census(
        TOPICS,
        raw={"a/0", "a/1", "a/2", "r/0"},
        values=Counter(SENT),
        validated=Counter(["a/0", "r/0"]),
        dead=Counter(["a/1", "a/2"]),
        dead_letters={"d/0", "d/1"},
        replays={"r/0": "d/0"},
        settled=Counter([b"d/0"]),
    )


def stored() -> Stored:
    return Stored(Counter(["a/0", "r/0"]), Counter({"2013-02-08": 2}))


def failing(found: Iterable[Check]) -> list[str]:
    return [check.name for check in found if not check.ok]


def test_every_check_holds_when_nothing_is_wrong() -> None:
    letters = [StayingLetters("flights", "rule", "landing", 1, 0, "no flow applies")]

    assert not failing(checks.record_checks("flights", census(), SENT, stored(), stored()))
    assert not failing(checks.fault_checks(census(), letters, EXPECTED))
    assert not failing(checks.promise_checks(MEASURED, EXPECTED))
    assert not failing(checks.breach_checks([BREACH], NOTICES, BREACH.told, EXPECTED))


def test_a_row_that_never_arrived_fails_one_check() -> None:
    found = checks.record_checks("flights", census(), SENT + Counter([14]), stored(), stored())

    assert failing(found) == ["flights: every source row is in raw once"]


def test_a_replay_of_a_replayed_dead_letter_fails() -> None:
    twice = census()
    twice.replays["r/1"] = "d/0"
    twice.raw.add("r/1")
    twice.validated["r/1"] += 1

    assert "flights: every replay was settled once and answers a dead letter of its own" in failing(
        checks.record_checks("flights", twice, SENT, stored(), stored())
    )


def test_a_row_in_the_lake_twice_fails() -> None:
    doubled = stored()
    doubled.sources["a/0"] += 1

    assert failing(checks.record_checks("flights", census(), SENT, doubled, doubled)) == [
        "flights: the lake has each validated record once"
    ]


def test_a_day_missing_from_the_warehouse_fails() -> None:
    loaded = Stored(stored().sources, Counter())

    assert failing(checks.record_checks("flights", census(), SENT, stored(), loaded)) == [
        "flights: the warehouse has the lake's rows day by day"
    ]


def test_a_dead_letter_that_stays_unexplained_fails() -> None:
    assert failing(checks.fault_checks(census(), [], EXPECTED)) == [
        "flights: every dead letter that stays is explained"
    ]


def test_a_promise_broken_on_one_day_more_fails() -> None:
    measured = [*MEASURED[:2], DayMeasured("2013-02-09", 100, 2.0, kept=False)]

    assert failing(checks.promise_checks(measured, EXPECTED)) == [
        "arr_delay: the promise is broken on the days of the recount and on no other"
    ]


@pytest.mark.parametrize(
    "notices", [NOTICES[:3], [*NOTICES, NOTICES[3]], []], ids=["the end not told", "told twice", "not told"]
)
def test_a_consumer_must_hear_of_both_once(notices: list[Told]) -> None:
    assert "model was told of each breach and of its end, once" in failing(
        checks.breach_checks([BREACH], notices, BREACH.told, EXPECTED)
    )


def test_numbers_that_are_known_beforehand_are_held_to() -> None:
    assert len(failing(checks.stated_checks(census(), MEASURED, [BREACH]))) == 5


def test_each_failure_that_stays_is_one_alert_to_everyone() -> None:
    told = [(ALARM.fingerprint, who) for who in ALARM.told]

    assert not failing(checks.alarm_checks([ALARM], LETTERS, told, ALARM.told))
    assert failing(checks.alarm_checks([], LETTERS, [], ALARM.told)) == [
        "flights: dead letters that stay are one alert a failure"
    ]
    for wrong in (told[:1], told * 2):
        assert failing(checks.alarm_checks([ALARM], LETTERS, wrong, ALARM.told)) == [
            "flights: owner and consumers were told of each alert once, and of no end"
        ]
