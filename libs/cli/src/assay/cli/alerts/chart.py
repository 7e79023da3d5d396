"""The newest windows of a promise as a chart for a terminal: a bar for each, and a line where the limit is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from assay.api.alerts.v1.promise_pb2 import Evaluation, EvaluationState
from assay.cli.alerts.words import values, window

__all__ = ["chart"]

ROWS, EIGHTHS = 6, " ▁▂▃▄▅▆▇█"
LABEL = 8


def chart(evaluations: Sequence[Evaluation], limit: float | None, width: int) -> Iterator[Text]:
    """Give the lines of the chart, the highest first; nothing for fewer than two windows that say something."""
    shown = evaluations[-max((width - LABEL - 2) // 2, 1) :]
    found = values(shown)
    most = max((each for each in (*found, limit) if each is not None), default=0.0)
    if sum(each is not None for each in found) < 2 or most <= 0:
        return
    at = None if limit is None or limit <= 0 else min(int(limit / most * ROWS), ROWS - 1)
    for row in reversed(range(ROWS)):
        yield _row(row, shown, found, most, at == row, limit)
    ends = f"{window(shown[0].start_ms, shown[0].end_ms)} … {window(shown[-1].start_ms, shown[-1].end_ms)}"
    yield Text(" " * (LABEL + 2) + ends, "dim")


def _row(
    row: int, shown: Sequence[Evaluation], found: Sequence[float | None], most: float, is_limit: bool, limit: float | None
) -> Text:  # fmt: skip
    label = f"{most:.3g}" if row == ROWS - 1 and not is_limit else f"{limit:.3g}" if is_limit else ""
    line = Text(f"{label:>{LABEL}} ", "bold" if is_limit else "dim").append("┤" if label else "│", "dim")
    for each, value in zip(shown, found, strict=True):
        line.append_text(_cell(row, each, value, most, is_limit))
    if is_limit:
        line.append(" limit", "bold")
    return line


def _cell(row: int, each: Evaluation, value: float | None, most: float, is_limit: bool) -> Text:
    if value is None:
        return Text("·" if row == 0 else "┄" if is_limit else " ", "dim").append("┄" if is_limit else " ", "dim")
    height = max(value, 0.0) / most * ROWS
    eighths = min(max(round((height - row) * 8), 1 if row == 0 else 0), 8)
    is_broken = each.state == EvaluationState.EVALUATION_STATE_BROKEN
    if eighths:
        drawn = Text(EIGHTHS[eighths], "red" if is_broken else "green")
    else:
        drawn = Text("┄" if is_limit else " ", "dim")
    return drawn.append("┄" if is_limit else " ", "dim")
