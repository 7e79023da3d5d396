"""Measures recovery on a real Kafka: dead letters indexed, repaired and replayed while the service is killed.

`assay bench recovery` runs this. Ends with one JSON object on stdout; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from assay.testkit import Broker, open_broker, running
from tests.performance.killed import Killed, killed
from tests.performance.letters import Letters
from tests.performance.race import Rate, middle
from tests.performance.readers import Races
from tests.performance.say import say

__all__ = ["DEAD", "KILLS", "ROUNDS", "measured"]

DEAD, KILLS, ROUNDS = 50_000, 5, 3
RACED = 50_000
"""Dead letters of one round of the race of replays, at most."""

Figures = dict[str, object]
Rates = Sequence[Rate]


async def measured(broker: Broker, dead: int, kills: int, rounds: int, data: Path) -> Figures:
    """Return all figures."""
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        main = Letters("letters", broker, registry, dead)
        raced = [Letters(f"race-{number}", broker, registry, min(dead, RACED)) for number in range(rounds)]
        found = await killed(main, raced, kills, data)
        races = Races(main, raced, data)
        folds, reads = await races.folds()
        replays, copies = await races.replays()
    return _figures(found, (folds, reads), (replays, copies)) | {
        "figures": {
            "rate": "records per second of the process's CPU; wall beside it; a ratio is the median over the rounds",
            "cores": os.cpu_count(), "kafka": broker.kind, "kills": kills, "rounds": rounds,
            "replayed_per_round": min(dead, RACED), "killed_run_s": round(found.wall_s, 1),
            "index_vs_bare_by_wall": _ratio(folds, reads, by_wall=True),
            "replay_vs_bare_by_wall": _ratio(replays, copies, by_wall=True),
            "fold": _shown(folds), "read": _shown(reads), "replay": _shown(replays), "copy": _shown(copies),
        },
    }  # fmt: skip


def _figures(found: Killed, index: tuple[Rates, Rates], replay: tuple[Rates, Rates]) -> Figures:
    return {
        **asdict(found.account),
        "indexed": found.indexed,
        "index_vs_bare": _ratio(*index),
        "replay_vs_bare": _ratio(*replay),
        "rss_mb": round(found.rss_mb),
    }


def _ratio(ours: Rates, theirs: Rates, *, by_wall: bool = False) -> float | None:
    ratio = middle(ours, theirs, by_wall=by_wall)
    return None if ratio is None else round(ratio, 3)


def _shown(rates: Rates) -> dict[str, object] | None:
    """The medians, and every round per CPU second."""
    if not rates:
        return None
    each = [round(rate.per_cpu_s) for rate in rates]
    return {
        "per_cpu_s": round(median(each)),
        "per_wall_s": round(median(rate.per_wall_s for rate in rates)),
        "rounds": each,
    }


async def run(dead: int, kills: int, rounds: int) -> Figures:
    """Measure on a Kafka of our own."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        async with open_broker("kafka", Path(scratch), say) as broker:
            return await measured(broker, dead, kills, rounds, Path(scratch))


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dead", type=int, default=DEAD)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    sys.stdout.write(json.dumps(asyncio.run(run(told.dead, told.kills, told.rounds))) + "\n")


if __name__ == "__main__":
    main()
