"""Windows of a model's performance as JSON, or as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from assay.cli.performance.asking import Question, Seen

if TYPE_CHECKING:
    from assay.monitoring.concept import Evidence

__all__ = ["as_object", "show"]

LEADING = {"binary": "accuracy", "multiclass": "accuracy", "regression": "mae", "ranking": "ndcg"}
CAPTION = "p of no change: in the loss, in the loss foretold, in what scores mean"
COLOURS = {"firing": "bold red", "pending": "yellow", "insufficient": "dim", "ok": "green"}


def as_object(seen: Seen, asked: Question) -> dict[str, object]:
    """Return one window as an object of JSON, with what was in force when it was judged."""
    from assay.monitoring.concept import ConceptRule

    part, found = seen.part, seen.verdict.findings
    rule = ConceptRule(least_labelled=asked.least_labelled, least_coverage=asked.least_coverage)
    return {
        "window": seen.window,
        "n": seen.rows,
        "labelled": part.labelled,
        "coverage": part.labelled / seen.rows,
        "state": seen.verdict.state,
        "cause": seen.verdict.cause,
        "speaking": list(seen.verdict.speaking),
        "metrics": asdict(part.metrics),
        "estimated": None if part.estimated is None else asdict(part.estimated),
        "loss": _evidence(found.loss),
        "foretold": _evidence(found.foretold),
        "calibration": _evidence(found.calibration),
        "selection": _evidence(part.selection),
        "changed_at": list(seen.changed_at),
        "rule": asdict(rule),
    }


def show(found: Sequence[Seen], asked: Question) -> None:
    """Print a row for each window."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    leading = LEADING[asked.kind]
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, caption=CAPTION, caption_justify="left")
    changed = ("changed\nat",) if asked.detector else ()
    for name in ("#", "labels", leading, "estimated", "p\nloss", "p fore-\ntold", "p\nscores", *changed):
        table.add_column(name, justify="right")
    for name in ("state", "cause"):
        table.add_column(name, no_wrap=True)
    for each in found:
        table.add_row(*_cells(each, leading, detected=bool(changed)))
    Console(highlight=False).print(table)


def _cells(seen: Seen, leading: str, *, detected: bool) -> list[str]:
    part, verdict, found = seen.part, seen.verdict, seen.verdict.findings
    figures = (getattr(part.metrics, leading), getattr(part.estimated, leading, None))
    tests = [each.p if each else None for each in (found.loss, found.foretold, found.calibration)]
    return [
        str(seen.window),
        f"{part.labelled / seen.rows:.0%}",
        *("-" if each is None else f"{each:.4g}" for each in figures),
        *("-" if each is None else f"{max(each, 1e-99):.0e}" for each in tests),
        *((" ".join(map(str, seen.changed_at)),) if detected else ()),
        f"[{COLOURS[verdict.state]}]{verdict.state}[/]",
        "" if verdict.cause == "none" else verdict.cause,
    ]


def _evidence(found: Evidence | None) -> dict[str, object] | None:
    return None if found is None else asdict(found)
