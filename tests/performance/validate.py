"""Measures validation side by side with its peers on a real Kafka; `assay bench validate` runs this.

Ends with one JSON object on stdout; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from assay.contracts import Judge
from assay.testkit import Broker, open_broker
from tests.performance.contenders import (
    ASSAY,
    BARE,
    BARE_HEADERS,
    BYTEWAX,
    FAUST,
    QUIXSTREAMS,
    UNTRANSACTED,
    Contender,
    traced,
)
from tests.performance.latency import waits_at_half_load
from tests.performance.race import Rate, middle, race, together
from tests.performance.say import say
from tests.performance.shapes import SIZES, Shape
from tests.performance.sink import collecting
from tests.performance.stage import Stage, staged

RECORDS = 60_000
ROUNDS = 2
PEER_SHARES: Mapping[Contender, float] = {FAUST: 0.03, QUIXSTREAMS: 0.5, BYTEWAX: 0.5}
CORES_FOR_TWO = 4  # two workers, a broker and the one who asks

Figures = dict[str, object]
Rates = Mapping[str, Sequence[Rate]]


async def measured(broker: Broker, shape: Shape, records: int, rounds: int, data: Path) -> Figures:
    """Return the figures of one size."""
    async with staged(broker, shape, records, data) as stage, collecting() as sink:
        ours = (BARE, BARE_HEADERS, ASSAY, UNTRANSACTED, traced(sink.address))
        peers = {peer: int(share * records) for peer, share in PEER_SHARES.items()}
        rates = await race(stage, dict.fromkeys(ours, records) | peers, rounds, say)
        one, two = [await together(stage, ASSAY, workers, records // 2) for workers in (1, 2)]
        waits = await waits_at_half_load(stage)
        say(f"{shape.name}: waits at {waits.per_s:,.0f} records/s")
        tiers = tiers_of(stage)
    ratios = ratios_of(rates)
    speedup = {"by_cpu_s": 2 * two.per_cpu_s / one.per_cpu_s, "by_wall_s": two.per_wall_s / one.per_wall_s}
    return {
        **rounded(ratios, 3),
        "two_workers": round(speedup["by_wall_s" if (os.cpu_count() or 1) >= CORES_FOR_TWO else "by_cpu_s"], 2),
        "p99_ms": round(waits.ms[98], 1),
        "records_per_cpu_s": round(median(rate.per_cpu_s for rate in rates["assay"])),
        "tiers": tiers,
        "figures": {
            "rate": "records per second of the process's CPU, its children counted; wall beside it; medians over rounds",
            "cores": os.cpu_count(), "records": records, "rounds": rounds, "kafka": broker.kind,
            "record_bytes": round(sum(map(len, shape.values())) / len(shape.values())),
            "medians": {name: asdict(middle_of(found)) for name, found in rates.items() if found},
            "rounds_per_cpu_s": {name: [round(rate.per_cpu_s) for rate in found] for name, found in rates.items()},
            "by_wall": rounded(ratios_of(rates, by_wall=True), 3),
            "two_workers": rounded(speedup, 2),
            "latency_ms": {"per_s": round(waits.per_s), "p50": round(waits.ms[49], 1), "p90": round(waits.ms[89], 1)},
        },
    }  # fmt: skip


def ratios_of(rates: Rates, *, by_wall: bool = False) -> dict[str, float | None]:
    """Return what our rate is to each other, and what transactions and traces take off it; by CPU seconds or wall."""

    def to(name: str) -> float | None:
        return middle(rates["assay"], rates[name], by_wall=by_wall)

    def cost(dear: str, cheap: str) -> float | None:
        found = middle(rates[dear], rates[cheap], by_wall=by_wall)
        return None if found is None else 1 - found

    others = ("bare", "bare_headers", "faust_jsonschema", "quixstreams", "bytewax")
    return {f"vs_{name}": to(name) for name in others} | {
        "exactly_once_tax": cost("assay", "untransacted"),
        "tracing_cost": cost("traced", "assay"),
    }


def middle_of(rates: Sequence[Rate]) -> Rate:
    """Return the medians."""
    return Rate(round(median(one.per_cpu_s for one in rates)), round(median(one.per_wall_s for one in rates)))


def tiers_of(stage: Stage) -> Figures:
    """Return the share of records that each tier takes, and the engine of the first."""
    judge = Judge(stage.contract)
    values = stage.shape.values()
    taken = sum(judged is not None for judged in judge.screen(values)) / len(values)
    return {"screen": taken, "explain": round(1 - taken, 4), "engine": judge.engine.name if judge.engine else None}


def rounded(figures: Mapping[str, float | None], digits: int) -> dict[str, float | None]:
    """Return the figures as they are shown."""
    return {name: None if found is None else round(found, digits) for name, found in figures.items()}


async def run(sizes: Sequence[Shape], records: int, rounds: int) -> Figures:
    """Measure each size on one Kafka of our own."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        async with open_broker("kafka", Path(scratch), say) as broker:
            found: Figures = {}
            for shape in sizes:
                say(f"{shape.name}: {records:,} records, {rounds} rounds")
                found[shape.name] = await measured(broker, shape, records, rounds, Path(scratch) / shape.name)
            return found


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--size", action="append", choices=[shape.name for shape in SIZES])
    told = parser.parse_args()
    sizes = [shape for shape in SIZES if shape.name in (told.size or [shape.name])]
    sys.stdout.write(json.dumps(asyncio.run(run(sizes, told.records, told.rounds))) + "\n")


if __name__ == "__main__":
    main()
