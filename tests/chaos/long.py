"""The chaotic run at the size that is asked for, with its progress on stderr and what came of it on stdout."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assay.testkit.chaos import Plan, Result, run
from assay.testkit.chaos.crew import Tally
from assay.testkit.chaos.source import big, invalid

WHOLE = Plan(seed=2013, records=1_000_000, kills=100, zombies=20, restarts=2, refusals=10)


def plan() -> Plan:
    """Return what the command line asks for; by default what issue 3 states."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in asdict(WHOLE).items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default:,}")
    return Plan(**vars(parser.parse_args()))


async def shown(asked: Plan, data: Path) -> Result:
    """Run it under progress bars."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        blows = progress.add_task("blows", total=asked.kills + asked.zombies + asked.refusals)
        records = progress.add_task("records written", total=asked.records)

        def tell(tally: Tally, written: int) -> None:
            progress.update(blows, completed=tally.struck + tally.refused)
            progress.update(records, completed=written)

        return await run(asked, data, tell)


def summary(result: Result) -> dict[str, object]:
    """Return what was done and what was found, for a machine."""
    found, tally = result.outcome, result.tally
    return {
        "plan": asdict(result.plan),
        "blows": dict(tally.blows),
        "refused": tally.refused,
        "missed": len(tally.missed),
        "workers that died by themselves": len(tally.died),
        "workers started while there was no broker": len(tally.unserved),
        "raw": found.raw.total(),
        "validated": found.validated.total(),
        "dead_letters": dict(found.reasons),
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "strange": len(found.strange),
        "out_of_order": len(found.out_of_order),
    }


def holds(result: Result) -> bool:
    """Whether every record was settled once, in order, for the reason that it has."""
    found, records = result.outcome, result.plan.records
    return (
        found.is_exact
        and found.raw.total() == records
        and found.reasons["schema"] == invalid(records)
        and found.reasons["too_large"] <= big(records)
        and not result.tally.died
    )


def main() -> None:
    """Run, and exit 1 if anything was lost, doubled or out of order; the logs are kept then."""
    asked = plan()
    data = Path(tempfile.mkdtemp(prefix="assay-chaos-"))
    sys.stderr.write(f"chaos: {asked}; logs in {data}\n")
    started_s = time.monotonic()
    result = asyncio.run(shown(asked, data))
    seconds = round(time.monotonic() - started_s, 1)
    for end in (*result.tally.died, *result.tally.missed):
        sys.stderr.write(f"chaos: {end}\n")
    sys.stdout.write(json.dumps(summary(result) | {"seconds": seconds}) + "\n")
    sys.exit(not holds(result))


if __name__ == "__main__":
    main()
