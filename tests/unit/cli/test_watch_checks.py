"""What the demo claims of the model's windows fails where a row, a label, a day or a verdict is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from assay.cli.demo.outcome import Check
from assay.cli.demo.watch_checks import alert_checks, stated_watch_checks, watch_checks
from assay.cli.demo.watched import Alerted, DayWatched, Moving, Watched

FIRES = (Moving("recent_delay", "firing", 3.5),)
PENDING = (Moving("recent_delay", "pending", 0.2),)
DAYS = (
    DayWatched("m/1", "2013-02-07", True, 100, 99, 0.2, 0.19, "ok"),
    DayWatched("m/1", "2013-02-08", True, 90, 60, 0.39, 0.29, "ok", PENDING),
    DayWatched("m/1", "2013-02-09", True, 80, 20, 0.4, 0.23, "ok", FIRES),
    DayWatched("m/1", "2013-02-10", False, 10, 0),
)
WATCHED = Watched(280, 189, DAYS)


def failing(checks: Iterable[Check]) -> list[str]:
    return [check.name for check in checks if not check.ok]


def with_day(place: int, day: DayWatched) -> Watched:
    return replace(WATCHED, days=(*DAYS[:place], day, *DAYS[place + 1 :]))


def test_all_hold_when_windows_say_what_the_recount_says() -> None:
    recounted = [replace(day, labelled=day.labelled or 10, estimated=None, state="") for day in DAYS]

    assert not failing(watch_checks(WATCHED, recounted))
    assert not failing(stated_watch_checks(WATCHED))


@pytest.mark.parametrize(
    ("watched", "name"),
    [
        (replace(WATCHED, predictions=281), "delay-model: every answer is counted once"),
        (
            with_day(1, replace(DAYS[1], labelled=59)),
            "delay-model: every label of a whole day is joined to its answer once",
        ),
        (
            replace(WATCHED, days=DAYS[:-1]),
            "delay-model: each version has a window for each day, all but the last complete",
        ),
        (
            with_day(2, replace(DAYS[2], error=0.41)),
            "delay-model: each day's share of wrong answers is that of a recount",
        ),
        (
            with_day(1, replace(DAYS[1], moving=())),
            "delay-model: each day's verdicts are those of the same engine over the rows",
        ),
        (
            with_day(1, replace(DAYS[1], moving=(Moving("recent_delay", "pending", 0.201),))),
            "delay-model: each day's verdicts are those of the same engine over the rows",
        ),
    ],
    ids=["an answer lost", "a label lost", "a day lost", "another error", "another verdict", "another effect"],
)
def test_one_that_is_wrong_fails(watched: Watched, name: str) -> None:
    assert name in failing(watch_checks(watched, DAYS))


def test_a_row_on_the_wrong_day_fails_though_none_is_lost() -> None:
    moved = replace(WATCHED, days=(replace(DAYS[0], rows=99), replace(DAYS[1], rows=91), *DAYS[2:]))

    assert failing(watch_checks(moved, DAYS)) == ["delay-model: each day has the answers and labels of a recount"]


OVER = replace(WATCHED, days=(*DAYS[:3], replace(DAYS[3], is_complete=True)))
ALERT = Alerted("m 1: recent_delay as in the reference", "2013-02-09", "2013-02-10", ("ines", "lou"))


def test_what_fires_has_a_day_on_which_it_began_and_one_on_which_it_was_over() -> None:
    assert WATCHED.runs == (("recent_delay", "2013-02-09", None),)
    assert OVER.runs == (("recent_delay", "2013-02-09", "2013-02-10"),)
    again = replace(OVER, days=(*OVER.days, replace(DAYS[2], day="2013-02-11", state="firing")))
    assert again.runs == (
        ("recent_delay", "2013-02-09", "2013-02-10"),
        ("performance", "2013-02-11", None),
        ("recent_delay", "2013-02-11", None),
    )


def test_what_fires_in_one_version_is_not_over_because_another_is_calm() -> None:
    calm = [replace(day, series="m/2", moving=()) for day in DAYS]

    assert replace(WATCHED, days=(*DAYS, *calm)).runs == WATCHED.runs


def test_everyone_was_told_of_what_fires_and_of_its_end() -> None:
    assert not failing(alert_checks(replace(OVER, alerts=(ALERT,)), ["lou", "ines"]))


@pytest.mark.parametrize(
    "alerts",
    [(), (replace(ALERT, told=("ines",)),), (replace(ALERT, resolved_on=None),), (ALERT, ALERT)],
    ids=["nobody", "one of two", "no end", "twice"],
)
def test_people_who_were_not_told_rightly_fail_a_check(alerts: tuple[Alerted, ...]) -> None:
    assert failing(alert_checks(replace(OVER, alerts=alerts), ["ines", "lou"]))


def test_an_alarm_before_the_blizzard_is_no_truth() -> None:
    early = with_day(0, replace(DAYS[0], moving=FIRES))

    assert len(failing(stated_watch_checks(early))) == 1


def test_nothing_was_watched_and_all_that_is_stated_fails() -> None:
    assert len(failing(stated_watch_checks(Watched()))) == 2
