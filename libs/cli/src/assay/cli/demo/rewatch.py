"""What the windows of the delay model must say: its answers counted by day from the rows, with the same engine.

It shares the engine with the service, and nothing of how answers get there: no topic, no join, no pane.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from assay.cli.demo.delays import Delays
from assay.cli.demo.watched import DayWatched, Moving
from assay.contracts.monitoring import Monitoring
from assay.examples.flights.model import MODEL, VERSION
from assay.examples.flights.reference import DAY_MS, counted, table_of
from assay.monitoring.checking import Untested, check
from assay.monitoring.performance import binary_metrics
from assay.monitoring.verdicts import State, Verdict, q_for
from assay.monitoring.verdicts.verdict import Judgement

__all__ = ["recounted_days"]


def recounted_days(delays: Delays, scores: Sequence[float], monitoring: Monitoring) -> tuple[DayWatched, ...]:
    """Answer each day of the questions, with the answers that were given; the last is still open.

    What errors are estimated to be is not recounted.
    """
    asked, said = delays.asked, np.array(scores, dtype=np.float64)
    day = asked.at_ms // DAY_MS
    windows = [part for part in np.split(np.arange(len(asked)), np.flatnonzero(np.diff(day)) + 1) if part.size]
    profile = delays.reference.profile
    q = q_for(monitoring.false_raises, len(profile.names), monitoring.windows_a_month)
    judged = check(profile, table_of(asked, said), windows[:-1], q, moments_s=asked.at_ms / 1000)
    verdicts: list[Judgement | Untested | None] = [*judged, None]
    return tuple(
        _day(delays, said, (int(rows[0]), int(rows[-1]) + 1), window)
        for rows, window in zip(windows, verdicts, strict=bool(windows))
    )


def _day(delays: Delays, scores: np.ndarray, rows: tuple[int, int], window: Judgement | Untested | None) -> DayWatched:
    part, said = delays.asked.part(*rows), scores[rows[0] : rows[1]]
    counts = counted(part, said)
    accuracy = binary_metrics(counts).accuracy
    return DayWatched(
        series=f"{MODEL}/{VERSION}",
        day=datetime.fromtimestamp(int(part.at_ms[0]) // DAY_MS * DAY_MS / 1000, UTC).date().isoformat(),
        is_complete=window is not None,
        rows=counts.n,
        labelled=counts.labelled,
        error=None if accuracy is None else 1 - accuracy,
        moving=tuple(_moving(window.verdicts())) if window else (),
    )


def _moving(verdicts: Iterable[Verdict]) -> Iterable[Moving]:
    for each in verdicts:
        if each.state in (State.PENDING, State.FIRING):
            yield Moving(each.column, each.state.value, each.effect)
