"""Writes windows and what they say to Delta tables, each revision once, whatever is killed or runs beside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.export.rows import MOMENTS, NUMBERS, VERDICTS, WHOLE, WINDOWS, Row, verdict_rows, window_row
from assay.runtime import StartError
from assay.runtime.database import StoreAwayError
from assay.telemetry import get_logger, metrics

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.lake import LakeTable, Partition

__all__ = ["Export", "Judged"]

EVERY_S = 30.0
TOGETHER = 500
"""Windows that are written in one commit, about, at most."""

ROWS = 10_000
"""Rows that are written in one commit, about: a window of 500 features has as many of verdicts."""

FIRST = 20
"""Windows of the first commit, which shows how many rows they have."""

COMMITS = 200
"""Commits after which small files are joined."""


Rows = Callable[[Window], Sequence[Row]]


class Judged(Protocol):
    """Windows in the order in which they were judged."""

    async def models(self) -> Mapping[str, str]:
        """Return the models that are watched, each with the name of its history."""
        ...

    async def after(self, model: str, turn: int, most: int) -> tuple[list[Window], int]:
        """Return windows that were judged after a turn, and the last turn that they are of."""
        ...


class Export:
    """Keeps `drift_windows` and `drift_verdicts` as the store is; a table itself says up to which turn it is.

    A window is there once in each revision that stood when the export looked. Nothing is ever changed or taken away.

    Args:
        lake: folder or URI that holds the tables.
        judged: what was judged.

    Raises:
        StartError: what writes Delta tables is not installed.
    """

    def __init__(self, lake: str, judged: Judged) -> None:
        try:
            from assay.lake import LakeTable
        except ImportError as error:
            raise StartError("ASSAY_DRIFT_LAKE needs Delta: pip install 'assay-drift[lake]'") from error
        self._judged = judged
        self._tables: Sequence[tuple[LakeTable, Sequence[str], Rows]] = (
            (LakeTable(f"{lake}/drift_windows"), WINDOWS, _windows),
            (LakeTable(f"{lake}/drift_verdicts"), VERDICTS, _verdicts),
        )
        self._commits = 0

    async def run(self) -> None:
        """Export until cancelled; a store or a lake that is away is asked again."""
        from assay.lake import LakeError

        while True:
            try:
                await self.look()
            except (StoreAwayError, LakeError) as error:
                get_logger().warning("export.delayed", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Write what was judged since; return how many revisions of windows that were.

        Raises:
            StoreAwayError: the store did not answer.
            LakeError: the lake did not, or another process wrote at the same time; what it wrote is not written again.
        """
        written = 0
        for table, columns, rows in self._tables:
            await asyncio.to_thread(table.ensure, _schema(columns))
            for model, history in (await self._judged.models()).items():
                written += await self._follow(table, columns, rows, model, history)
        if self._commits >= COMMITS:
            self._commits = 0
            for table, _, _ in self._tables:
                await asyncio.to_thread(table.compact)
        return written // len(self._tables)

    async def _follow(self, table: LakeTable, columns: Sequence[str], rows: Rows, model: str, history: str) -> int:
        place, written, most = _place(history), 0, FIRST
        turn = (await asyncio.to_thread(table.positions, [place]))[place] or 0
        while True:
            windows, newest = await self._judged.after(model, turn, most)
            if not windows:
                return written
            told = await asyncio.to_thread(_append, table, columns, rows, windows, place, turn, newest)
            self._commits += 1
            written += len(windows)
            if rows is _windows:
                metrics.DRIFT_WINDOWS_EXPORTED.labels(model).inc(len(windows))
            turn, most = newest, min(TOGETHER, max(1, ROWS * len(windows) // max(told, 1)))


def _windows(window: Window) -> Sequence[Row]:
    return [window_row(window)]


def _verdicts(window: Window) -> Sequence[Row]:
    return list(verdict_rows(window))


def _place(history: str) -> Partition:
    """Where a table stands among the turns of a model."""
    from assay.lake import Partition

    return Partition("drift", 0, history)


def _append(
    table: LakeTable,
    columns: Sequence[str],
    rows: Rows,
    windows: Sequence[Window],
    place: Partition,
    turn: int,
    newest: int,
) -> int:
    """Write what windows say; return how many rows that were."""
    import pyarrow as pa

    from assay.lake import Span

    told = [row for window in windows for row in rows(window)]
    batch = pa.table({name: [row.get(name) for row in told] for name in columns}, schema=_schema(columns))
    table.append(batch, {place: Span(turn, newest)})
    return len(told)


def _schema(columns: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, _type(name)) for name in columns])


def _type(name: str) -> pa.DataType:
    import pyarrow as pa

    if name in MOMENTS:
        return pa.timestamp("us", "UTC")
    return pa.int64() if name in WHOLE else pa.float64() if name in NUMBERS else pa.string()
