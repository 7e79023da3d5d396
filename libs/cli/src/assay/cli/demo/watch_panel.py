"""The panel of the report that shows how the delay model did: its error by day, what moved, and pictures of what fires."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from assay.cli.demo.error_chart import error_chart
from assay.cli.demo.watched import DayWatched, Picture, Watched

__all__ = ["error_words", "moving_words", "state_word", "watch_panel"]


def watch_panel(watched: Watched) -> str:
    """Draw the panel; nothing where nothing was watched."""
    if not watched.days:
        return ""
    title = "Share of wrong answers, by day"
    firing = {each.feature: day.day for day in reversed(watched.complete) for each in day.firing}
    fired = ", ".join(f"{feature} from {day}" for feature, day in firing.items()) or "nothing"
    return (
        '<section><h2>The delay model</h2><dl class="promise">'
        f"<dt>asked</dt><dd>{watched.predictions:,} times: will this flight be late?</dd>"
        f"<dt>told</dt><dd>{watched.labels:,} times how it came out</dd>"
        f"<dt>fires</dt><dd>{escape(fired)}</dd>{_told(watched)}</dl>"
        f'<h3>{title}</h3><div class="scroll">{error_chart(watched.complete, title)}</div>'
        '<p class="legend"><i class="kept"></i>realised <i class="broken"></i>realised, while something fires '
        '<i class="estimate"></i>estimated before any flight had landed</p>'
        f"{''.join(map(_picture, watched.pictures))}<h3>What moved</h3>{_table(watched.complete)}</section>"
    )


def moving_words(day: DayWatched, states: Sequence[str] = ("firing", "pending")) -> str:
    """What moved on a day, with its effect."""
    return ", ".join(
        each.feature + ("" if each.effect is None else f" {max(each.effect, 0):.2f}")
        for each in day.moving
        if each.state in states
    )


def state_word(day: DayWatched) -> str:
    """The worst that is said of a day."""
    states = [each.state for each in day.moving] + [day.state]
    return next((state for state in ("firing", "pending") if state in states), "ok")


def error_words(error: float | None) -> str:
    """A share of wrong answers."""
    return "" if error is None else f"{error:.1%}"


def _told(watched: Watched) -> str:
    parties = dict.fromkeys(party for each in watched.alerts for party in each.told)
    return f"<dt>told of it</dt><dd>{escape(', '.join(parties))}</dd>" if parties else ""


def _picture(picture: Picture) -> str:
    """A picture has its own style, so it stands as a document of its own."""
    drawn = base64.b64encode(picture.svg.encode()).decode()
    title = escape(picture.title, quote=True)
    return f'<h3>{title}</h3><img class="drawn" alt="{title}" src="data:image/svg+xml;base64,{drawn}">'


def _table(days: Sequence[DayWatched]) -> str:
    rows = "".join(
        f'<tr><td>{day.day}</td><td class="number">{day.rows:,}</td><td class="number">{day.labelled:,}</td>'
        f"<td>{escape(moving_words(day))}</td>"
        f'<td class="number">{error_words(day.error)}</td><td class="number">{error_words(day.estimated)}</td>'
        f"<td>{state_word(day)}</td></tr>"
        for day in days
        if state_word(day) != "ok"
    )
    if not rows:
        return "<p>Nothing.</p>"
    head = (
        '<tr><th>day (UTC)</th><th class="number">answers</th><th class="number">labels</th><th>moved, effect</th>'
        '<th class="number">wrong</th><th class="number">estimated</th><th>state</th></tr>'
    )
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
