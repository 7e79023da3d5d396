"""What the demo claims of the windows of the delay model, each held against a recount of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from assay.cli.demo.outcome import Check
from assay.cli.demo.watched import DayWatched, Watched

__all__ = ["alert_checks", "stated_watch_checks", "watch_checks"]


def watch_checks(watched: Watched, expected: Sequence[DayWatched]) -> Iterable[Check]:
    """Each answer and each label counts once, on the day of the question; the days say what the same engine says of rows."""
    found, wanted = _by_day(watched.days), _by_day(expected)
    yield _total("delay-model: every answer is counted once", watched.predictions, _rows(found))
    done = [day for day in wanted if wanted[day].is_complete]
    joined, landed = (sum(days[day].labelled for day in done if day in days) for days in (found, wanted))
    yield _total("delay-model: every label of a whole day is joined to its answer once", landed, joined)
    yield Check(
        "delay-model: each version has a window for each day, all but the last complete",
        [day for day in found if found[day].is_complete] == done and found.keys() == wanted.keys(),
        f"{len(watched.complete)} windows of {len(done)} days",
    )
    yield _same("delay-model: each day has the answers and labels of a recount", found, wanted, _counts)
    yield _same("delay-model: each day's share of wrong answers is that of a recount", found, wanted, _error)
    yield _same("delay-model: each day's verdicts are those of the same engine over the rows", found, wanted, _verdicts)


def alert_checks(watched: Watched, parties: Sequence[str]) -> Iterable[Check]:
    """What fires is told to everyone once, on the day that it begins, and once that it is over."""
    wanted = sorted((began, ended) for _, began, ended in watched.runs)
    found = sorted((each.fired_on, each.resolved_on) for each in watched.alerts)
    everyone = all({*each.told} == {*parties} for each in watched.alerts)
    yield Check(
        "delay-model: owner and consumers were told of all that fires, once, and of its end",
        found == wanted and everyone,
        "; ".join(f"{began} to {ended or 'now'}" for began, ended in found) or "nothing fires",
    )


def stated_watch_checks(watched: Watched) -> Iterable[Check]:
    """January and February come out as they are known to: what stands here is in no recount."""
    firing = [(day.day, each.feature) for day in watched.complete for each in day.firing]
    yield Check(
        "January and February: the blizzard is the first that fires, on 9 February, by the delays at the airport",
        firing[:1] == [("2013-02-09", "recent_delay")],
        f"{firing[0][1]} on {firing[0][0]}" if firing else "nothing fires",
    )
    wrong = {day.day: day.error for day in watched.complete if day.error is not None}
    worst = sorted(wrong, key=lambda day: wrong[day], reverse=True)[:3]
    yield Check(
        "January and February: of the three days on which the model was wrong most, two are of the blizzard",
        {"2013-02-08", "2013-02-09"} <= {*worst},
        ", ".join(f"{day} ({wrong[day]:.0%})" for day in worst) or "no day",
    )


def _by_day(days: Iterable[DayWatched]) -> dict[tuple[str, str], DayWatched]:
    return {(day.series, day.day): day for day in days}


def _rows(days: Mapping[tuple[str, str], DayWatched]) -> int:
    return sum(day.rows for day in days.values())


def _counts(day: DayWatched) -> object:
    return day.rows, day.labelled


def _error(day: DayWatched) -> object:
    return None if day.error is None else round(day.error, 9)


def _verdicts(day: DayWatched) -> object:
    return sorted((each.feature, each.state, _rounded(each.effect)) for each in day.moving)


def _rounded(effect: float | None) -> float | None:
    return None if effect is None else round(effect, 9)


def _total(name: str, sent: int, found: int) -> Check:
    return Check(name, sent == found, f"{found:,} of {sent:,}")


def _same(
    name: str,
    found: Mapping[tuple[str, str], DayWatched],
    wanted: Mapping[tuple[str, str], DayWatched],
    said: Callable[[DayWatched], object],
) -> Check:
    """Days that are complete on both sides say the same."""
    days = [key for key in wanted if wanted[key].is_complete]
    differing = [key[1] for key in days if key not in found or said(found[key]) != said(wanted[key])]
    detail = f"differing: {', '.join(differing[:5])}" if differing else "all equal"
    return Check(name, not differing, f"{len(days)} days, {detail}")
