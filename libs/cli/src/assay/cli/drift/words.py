"""Verdicts as lines: JSON for programs, and a short account of each column for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields

from assay.monitoring.verdicts import State, Verdict
from assay.monitoring.verdicts.verdict import SEASONAL

__all__ = ["as_line", "in_words", "shown"]

ALWAYS = ("window", "column", "n", "statistic", "p", "q", "effect", "state")


def as_line(verdict: Verdict) -> str:
    """One verdict as JSON; what every line has comes first, and what there is of evidence after."""
    told: dict[str, object] = {name: getattr(verdict, name) for name in ALWAYS}
    for field in fields(verdict):
        value = getattr(verdict, field.name)
        if field.name not in told and value is not None and field.name != "moved":
            told[field.name] = value
    if verdict.moved:
        told["moved"] = [
            {"bin": each.bin, "reference": each.reference, "window": each.window} for each in verdict.moved
        ]
    return json.dumps(told, ensure_ascii=False)


def in_words(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Say of each column where it fired first and how it ended, in a line."""
    columns: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        columns.setdefault(verdict.column, []).append(verdict)
    width = max((len(shown(name)) for name in columns), default=0)
    for name, seen in columns.items():
        yield f"{shown(name):<{width}}  {_story(seen)}"


def shown(name: str) -> str:
    """Return a name that fits in a line: what cannot be printed stands there as a code."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)


def _story(seen: list[Verdict]) -> str:
    return _course(seen) + (f"; {SEASONAL}" if any(each.note == SEASONAL for each in seen) else "")


def _course(seen: list[Verdict]) -> str:
    fired = [verdict for verdict in seen if verdict.state == State.FIRING]
    last = seen[-1]
    if fired:
        first = next((verdict for verdict in fired if verdict.severity), fired[0])
        until = f"to {fired[-1].window}" if last.state != State.FIRING else "on"
        why = f"{first.severity}, {first.test}, effect {first.effect:.3f}, p {first.p:.1e}"
        why += f", in windows of {first.scale}" if (first.scale or 1) > 1 else ""
        return f"fired from window {fired[0].window} {until}: {why}" + (
            f", {first.direction}" if first.direction else ""
        )
    judged = sum(verdict.state not in (State.INSUFFICIENT, State.LEARNING) for verdict in seen)
    if not judged:
        return f"{last.state}: {last.note}"
    doubts = sum(verdict.state == State.PENDING for verdict in seen)
    return f"ok in {judged} windows" + (f", {doubts} of them in doubt" if doubts else "")
