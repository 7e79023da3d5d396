"""Measures how fast drift counts a model's logs on a real Kafka, beside bare numpy binning and River one by one; then its reads.

`assay bench drift` runs this. Ends with one JSON object on stdout; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from assay.testkit import Broker, open_broker, running
from tests.performance.answers import FEATURES, PARTITIONS, Answers, answers
from tests.performance.closing import pane_close_ms
from tests.performance.counting import counting
from tests.performance.cpu import cpu_s
from tests.performance.drift_reads import Asked, beside_ingest, on_time
from tests.performance.race import Rate, middle
from tests.performance.say import say

__all__ = ["ROUNDS", "ROWS", "measured"]

ROWS, ROUNDS = 400_000, 3
PEER_SHARE = {"numpy": 1.0, "river": 0.1}
"""How much of the values a peer takes in a round: one that is slow would keep the others waiting."""

WARM = 0.1
POLL_S = 0.05
WITHIN_S = 180.0

Figures = dict[str, object]


async def measured(broker: Broker, rows: int, rounds: int, data: Path) -> tuple[Figures, Figures]:
    """Return what is held to goals, and what it was measured with."""
    rates: dict[str, list[Rate]] = {"ours": [], "numpy": [], "river": []}
    for number in range(rounds):
        folder = data / f"round-{number}"
        (folder / "counter").mkdir(parents=True)
        # A registry for each round: who counts would count the models of earlier rounds too.
        async with running("registry", data=folder, store=f"sqlite:///{folder / 'registry.db'}") as registry:
            logs = await answers(broker, registry, f"bench-{number}", rows, folder)
            rates["ours"].append(await _ours(logs, folder))
            for name in PEER_SHARE:
                rates[name].append(await _peer(name, logs))
        for name, found in rates.items():
            say(f"{name}: {found[-1].per_cpu_s:,.0f} feature values per second of its CPU")
    held: Figures = {
        "feature_values_per_s": round(median(each.per_cpu_s for each in rates["ours"])),
        "vs_river": _ratio(rates["ours"], rates["river"]),
        "vs_numpy": _ratio(rates["ours"], rates["numpy"]),
        "pane_close_ms": round(pane_close_ms(), 2),
    }
    return held, {
        "rate": "feature values per second of the process's CPU; wall beside it; a ratio is the median over the rounds",
        "cores": os.cpu_count(), "kafka": broker.kind, "rows": rows, "features": FEATURES, "rounds": rounds,
        "partitions": PARTITIONS, "per_wall_s": round(median(each.per_wall_s for each in rates["ours"])),
        "numpy_per_s": round(median(each.per_cpu_s for each in rates["numpy"])),
        "river_per_s": round(median(each.per_cpu_s for each in rates["river"])),
        "each": {name: [round(rate.per_cpu_s) for rate in found] for name, found in rates.items()},
    }  # fmt: skip


async def _ours(logs: Answers, data: Path) -> Rate:
    async with counting(logs, data) as counter:
        return await _watched(logs, counter.pid)


async def _watched(logs: Answers, pid: int) -> Rate:
    total = logs.rows * FEATURES

    async def mark() -> tuple[int, float, float]:
        return await logs.counted() * FEATURES, cpu_s(pid), time.monotonic()

    async with asyncio.timeout(WITHIN_S):
        while (first := await mark())[0] < WARM * total:  # noqa: ASYNC110 -- another process tells of no event
            await asyncio.sleep(POLL_S)
        while (last := await mark())[0] < total:  # noqa: ASYNC110 -- as above
            await asyncio.sleep(POLL_S)
    count, cpu, wall = (after - before for after, before in zip(last, first, strict=True))
    return Rate(count / cpu, count / wall)


async def _peer(name: str, logs: Answers) -> Rate:
    values = int(logs.rows * FEATURES * PEER_SHARE[name])
    arguments = (name, logs.broker.bootstrap, logs.topic, PARTITIONS, values, logs.profile, FEATURES)
    command = ("-m", "tests.performance.loops.binned", *map(str, arguments))
    child = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    return Rate(**json.loads(said.splitlines()[0]))  # it goes on to the end of what it was given


def _ratio(ours: Sequence[Rate], theirs: Sequence[Rate]) -> float | None:
    ratio = middle(ours, theirs)
    return None if ratio is None else round(ratio, 3)


async def run(rows: int, rounds: int) -> Figures:
    """Measure on a Kafka of our own, and then reads beside full ingest, on another."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        async with open_broker("kafka", Path(scratch), say) as broker:
            held, figures = await measured(broker, rows, rounds, Path(scratch))
        reads = await beside_ingest(Asked(), Path(scratch) / "reads")
    return {**held, "reads_p99_ms": reads["p99_ms"], "figures": {**figures, "reads": reads}}


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    with asyncio.Runner(loop_factory=on_time) as runner:
        figures = runner.run(run(told.rows, told.rounds))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
