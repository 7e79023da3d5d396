"""The report of a demo run: one HTML file that opens anywhere, offline, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from html import escape
from importlib.resources import files

from assay.cli.demo.chart import daily_chart
from assay.cli.demo.outcome import AlarmStory, BreachStory, Check, Counts, Outcome, StayingLetters
from assay.cli.demo.watch_panel import watch_panel
from assay.cli.trace.tree import moment
from assay.cli.trace.way import Way

__all__ = ["report"]


def report(outcome: Outcome, way: Way | None, limit: float, looks: Sequence[tuple[str, str]]) -> str:
    """Answer the page: what was promised, what was measured, what broke, where every record is, and where to look."""
    sections = [
        _hero(outcome),
        _picture(outcome, limit),
        _breaches(outcome.breaches),
        watch_panel(outcome.watched),
        _records(outcome),
        _letters(outcome.letters),
        _alarms(outcome.alarms),
        _way(way) if way else "",
        _checks(outcome.checks),
        _looks(looks),
    ]
    style = files("assay.cli.demo").joinpath("report.css").read_text()
    body = "\n".join(section for section in sections if section)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Assay: flights</title><style>{style}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _hero(outcome: Outcome) -> str:
    broken = sum(not day.kept for day in outcome.days)
    flights = outcome.counts["flights"]
    failed = sum(not check.ok for check in outcome.checks)
    verb = "fails" if failed == 1 else "fail"
    badge = "every check holds" if outcome.ok else f"{failed} of {len(outcome.checks)} checks {verb}"
    tiles = [
        (f"{flights.raw - flights.replayed:,}", "flights sent"),
        (f"{flights.dead_letters:,}", "dead letters"),
        (f"{flights.repaired:,}", "repaired and replayed"),
        (f"{broken} of {len(outcome.days)}", "days with the promise broken"),
    ]
    cells = "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for value, name in tiles)
    first, last = (outcome.days[0].day, outcome.days[-1].day) if outcome.days else ("", "")
    return (
        f'<header><p class="brand">Assay</p><h1>Departures from New York</h1>'
        f'<p class="sub">{first} to {last} · broker: {outcome.broker} · {outcome.seconds:.0f} s · '
        f'<span class="badge {"good" if outcome.ok else "bad"}">{badge}</span></p>'
        f'<div class="tiles">{cells}</div></header>'
    )


def _picture(outcome: Outcome, limit: float) -> str:
    promised = outcome.breaches[0].promised if outcome.breaches else f"arr_delay missing at most {limit:g} % a day"
    title = "Share of flights without an arrival delay, by day"
    broken = [day for day in outcome.days if not day.kept]
    measured = ", ".join(f"{day.percent:.0f} % on {day.day}" for day in broken) or "never more than promised"
    return (
        f'<section><h2>The promise</h2><dl class="promise"><dt>promised</dt><dd>{escape(promised)}</dd>'
        f"<dt>measured</dt><dd>{escape(measured)}</dd></dl>"
        f'<h3>{title}</h3><div class="scroll">{daily_chart(outcome.days, limit, title)}</div>'
        '<p class="legend"><i class="kept"></i>kept <i class="broken"></i>broken</p></section>'
    )


def _breaches(breaches: Sequence[BreachStory]) -> str:
    if not breaches:
        return "<section><h2>Breaches</h2><p>None fired.</p></section>"
    return "<section><h2>Breaches</h2>" + "".join(_breach(breach) for breach in breaches) + "</section>"


def _breach(breach: BreachStory) -> str:
    steps = [("fired", breach.fired_on, breach.fired_measured)]
    if breach.latest_on != breach.fired_on:
        steps.append(("still broken", breach.latest_on, breach.latest_measured))
    if breach.resolved_on:
        steps.append(("over", breach.resolved_on, breach.resolved_measured or ""))
    rows = "".join(
        f'<li class="{"good" if name == "over" else "bad"}"><b>{name}</b><time>{day}</time>'
        f"<span>{escape(measured)}</span></li>"
        for name, day, measured in steps
    )
    told = ", ".join(f"<code>{escape(party)}</code>" for party in breach.told)
    return f'<article class="breach"><ol class="story">{rows}</ol><p class="told">told of both: {told}</p></article>'


def _records(outcome: Outcome) -> str:
    names = ("raw", "replayed", "validated", "dead letters", "repaired", "lake", "warehouse")
    rows = (_record_row(contract, counts) for contract, counts in outcome.counts.items())
    return f"<section><h2>Records</h2>{_table(('contract', *names), rows, numbers_from=1)}</section>"


def _record_row(contract: str, counts: Counts) -> list[str]:
    return [contract, *(f"{number:,}" for number in astuple(counts))]


def _letters(letters: Sequence[StayingLetters]) -> str:
    if not letters:
        return ""
    rows = (
        (
            group.contract,
            f"{group.reason} {group.where}",
            f"{group.dead_letters:,}",
            f"{group.replayed:,}",
            group.explanation,
        )
        for group in letters
    )
    head = ("contract", "what failed", "dead letters", "replayed", "why the others stay")
    return f"<section><h2>Dead letters</h2>{_table(head, rows)}</section>"


def _alarms(alarms: Sequence[AlarmStory]) -> str:
    if not alarms:
        return ""
    rows = ((alarm.measured, "over" if alarm.is_over else "open", ", ".join(alarm.told)) for alarm in alarms)
    return f"<section><h2>Alerts on invalid records</h2>{_table(('what', 'now', 'told'), rows)}</section>"


def _way(way: Way) -> str:
    since = next((step.at_ms for step in way.steps if step.at_ms is not None), None)
    steps = "".join(
        f'<li class="{"good" if step.ok else "bad"}"><b>{escape(step.name)}</b> <span>{escape(step.detail)}</span>'
        f"<code>{escape(step.where)}</code><time>{moment(step.at_ms, since)}</time></li>"
        for step in way.steps
    )
    names = ((name, value) for name, value in (("event", way.event_id), ("trace", way.trace_id)) if value)
    ids = " · ".join(f"{name} <code>{escape(value)}</code>" for name, value in names)
    return f'<section><h2>The way of one repaired record</h2><p class="sub">{ids}</p><ol class="way">{steps}</ol></section>'


def _checks(checks: Sequence[Check]) -> str:
    rows = (
        f'<li class="{"good" if check.ok else "bad"}"><b>{escape(check.name)}</b><span>{escape(check.detail)}</span></li>'
        for check in checks
    )
    return f'<section><h2>Checks</h2><ul class="checks">{"".join(rows)}</ul></section>'


def _looks(looks: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(what)}</dt><dd><code>{escape(where)}</code></dd>" for what, where in looks)
    return f'<section><h2>Where to look next</h2><dl class="looks">{rows}</dl></section>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int | None = None) -> str:
    def kind(index: int) -> str:
        return ' class="number"' if numbers_from is not None and index >= numbers_from else ""

    titles = "".join(f"<th{kind(index)}>{escape(title)}</th>" for index, title in enumerate(head))
    body = "".join(
        "<tr>" + "".join(f"<td{kind(index)}>{escape(cell)}</td>" for index, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'
