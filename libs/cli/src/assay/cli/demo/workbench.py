"""The folder of a demo run: one run at a time, emptied before, kept after, with the report in it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from assay.cli.claim import claimed
from assay.cli.demo.recount import LIMIT_PERCENT
from assay.cli.demo.report import report
from assay.cli.demo.run import Finished
from assay.cli.errors import CommandError
from assay.cli.where import home, typed
from assay.examples.flights.model import MODEL
from assay.telemetry import configure
from assay.testkit import Layout

__all__ = ["finished", "opened"]


@contextlib.contextmanager
def opened(keep: Path | None) -> Iterator[Path]:
    """An empty folder that nobody else uses: the one that was named, else the demo's own, emptied.

    Raises:
        CommandError: the folder that was named has something in it, or a demo or `assay up` is at work in it.
    """
    folder = (keep or home() / "demo").absolute()
    if keep is not None and folder.exists() and any(folder.iterdir()):
        raise CommandError(f"{keep} is not empty; name a new folder with --keep")
    with claimed(folder, "--keep"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        configure("demo")
        yield folder


def finished(data: Path, run: Finished) -> list[tuple[str, str]]:
    """Write the report, and answer where to look next: what, and the file or command."""
    layout = Layout(data)
    page = data / "report.html"
    event_id = run.repaired.event_id if run.repaired else "ID"
    looks = [
        ("the report", _short(page)),
        ("notices, as they were sent", _short(layout.outbox)),
        ("the warehouse (DuckDB)", _short(layout.warehouse)),
        ("the lake (Delta)", _short(layout.lake)),
        ("the contracts", "examples/flights/contracts"),
    ]
    if run.outcome.broker != "external":
        looks += [
            ("bring it up again", typed(f"up --data {_short(data)} --broker {run.outcome.broker}")),
            ("then the way of any record", typed(f"records trace {event_id}")),
            ("and what failed", typed("dead-letters list")),
            ("and what was broken", typed("alerts list")),
            ("and how the model did", typed(f"drift windows {MODEL}")),
        ]
    page.write_text(report(run.outcome, run.repaired, LIMIT_PERCENT, looks))
    return looks


def _short(path: Path) -> str:
    """The path as it is typed here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
