"""Breaches, severities and windows, as a person reads them in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import Breach, Severity
from assay.api.alerts.v1.promise_pb2 import Evaluation, EvaluationState, Status
from assay.cli.letters.facts import word

__all__ = ["bars", "handle", "handles", "severity", "state", "status", "values", "window", "worst_first"]

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
LEAST = 8
"""Letters of an id, where those are enough."""

DAY_MS = (23 * 3_600_000, 25 * 3_600_000)
"""How long a day is, where clocks change too."""

_SEVERITIES = {"critical": "bold white on red", "warning": "bold yellow", "info": "cyan"}
_STATUSES = {"kept": "green", "at risk": "bold yellow", "broken": "bold red", "unknown": "dim"}


def severity(breach: Breach) -> Text:
    """Return how bad it is, in its colour."""
    return severity_word(breach.severity)


def severity_word(code: int) -> Text:
    """Return a severity in its colour."""
    said = word(Severity.DESCRIPTOR, code)
    return Text(f" {said.upper()} " if said == "critical" else said, _SEVERITIES.get(said, "dim"))


def state(breach: Breach) -> Text:
    """Return whether it is still broken."""
    return Text("over", "green") if breach.HasField("resolved") else Text("open", "bold red")


def status(code: int) -> Text:
    """Return how a promise or a contract stands, in its colour."""
    said = word(Status.DESCRIPTOR, code).replace("_", " ")
    return Text(said, _STATUSES.get(said, ""))


def handles(breaches: Sequence[Breach]) -> Mapping[str, str]:
    """Return for each id its shortest beginning that none of the others has."""
    ids = sorted({each.id for each in breaches})
    return {id_: handle(id_, ids) for id_ in ids}


def handle(id_: str, others: Sequence[str] = ()) -> str:
    """Return the shortest beginning of an id that tells it from the others: eight letters of its name, or all of it."""
    name = id_.rfind("/") + 1
    ends = id_.find("-", name)
    least = min(name + LEAST, ends if ends > name else len(id_))
    for size in range(least, len(id_)):
        if not any(other.startswith(id_[:size]) for other in others if other != id_):
            return id_[:size]
    return id_


def worst_first(breaches: Sequence[Breach]) -> list[Breach]:
    """Return open ones first, each with those that it causes right behind it; in both the worst first, then the newest."""

    def key(breach: Breach) -> tuple[bool, int, int]:
        return (breach.HasField("resolved"), -breach.severity, -breach.fired.window_start_ms)

    by_id = {each.id: each for each in breaches}
    under: dict[str, list[Breach]] = {}
    for each in sorted(breaches, key=key):
        under.setdefault(each.under if each.under in by_id else "", []).append(each)
    ordered: list[Breach] = []
    for start in ["", *under]:  # what causes itself in the end begins nowhere
        waiting = under.pop(start, [])[::-1]
        while waiting:
            each = waiting.pop()
            ordered.append(each)
            waiting += under.pop(each.id, [])[::-1]
    return ordered


def values(evaluations: Sequence[Evaluation]) -> list[float | None]:
    """Return what each window came to; None where that says nothing."""
    says = (EvaluationState.EVALUATION_STATE_KEPT, EvaluationState.EVALUATION_STATE_BROKEN)
    return [each.value if each.state in says else None for each in evaluations]


def bars(evaluations: Sequence[Evaluation], limit: float | None = None) -> Text:
    """Return a bar for each window, red where the promise is broken, as high as its share of the largest."""
    found = values(evaluations)
    most = max((each for each in (*found, limit) if each is not None), default=0.0)
    drawn = Text()
    for each, value in zip(evaluations, found, strict=True):
        is_broken = each.state == EvaluationState.EVALUATION_STATE_BROKEN
        drawn.append(_bar(value, most), "red" if is_broken else "dim" if value is None else "green")
    return drawn


def window(start_ms: int, end_ms: int) -> str:
    """Return a window in few letters: `26 Nov 10:00 to 11:00 UTC`; a day, in whatever time zone, as `8 Feb 2013`."""
    try:
        start, middle, end = (
            datetime.fromtimestamp(ms / 1_000, UTC) for ms in (start_ms, (start_ms + end_ms) / 2, end_ms)
        )
    except (ValueError, OverflowError, OSError):
        return f"{start_ms} to {end_ms} ms"
    if DAY_MS[0] <= end_ms - start_ms <= DAY_MS[1]:
        return f"{middle.day} {middle:%b %Y}"
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end.day} {end:%b %H:%M}"
    return f"{start.day} {start:%b %H:%M} to {until} UTC"


def _bar(value: float | None, most: float) -> str:
    if value is None:
        return GAP
    if most <= 0 or value <= 0:
        return BARS[0]
    return BARS[min(int(value / most * len(BARS)), len(BARS) - 1)]
