"""What became of many records: counts by reason, and the first violations, for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

from assay.cli.plain import plain
from assay.cli.validating import Judged

__all__ = ["Tally", "show"]

SHOWN = 10


@dataclass(slots=True)
class Tally:
    """Counts verdicts, and keeps the first that are no acceptance."""

    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[Judged] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        """Take in one verdict."""
        self.records += 1
        if one.verdict.reason:
            self.reasons[one.verdict.reason] += 1
            if len(self.first) < SHOWN:
                self.first.append(one)

    @property
    def refused(self) -> int:
        """How many were not accepted."""
        return self.reasons.total()


def show(tally: Tally, console: Console) -> None:
    """Print the counts, and what was wrong with the first records that were refused."""
    counts = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    counts.add_column("verdict")
    counts.add_column("records", justify="right")
    counts.add_row("accepted", f"{tally.records - tally.refused:,}")
    for reason, count in tally.reasons.most_common():
        counts.add_row(reason, f"{count:,}")
    console.print(counts)
    for one in tally.first:
        for violation in one.verdict.violations:
            console.print(plain(f"record {one.number}: {violation}"), soft_wrap=True)
    if tally.refused > len(tally.first):
        console.print(f"and {tally.refused - len(tally.first):,} more; --json tells all")
