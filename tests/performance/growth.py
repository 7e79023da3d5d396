"""Measures how the cost of a record grows: with fields, rules, nesting and the share of invalid records.

Ends with one JSON object on stdout; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from assay.testkit import Broker, open_broker
from tests.performance.contenders import ASSAY, BARE
from tests.performance.race import Rate, race
from tests.performance.say import say
from tests.performance.shapes import Shape
from tests.performance.stage import staged

RECORDS = 40_000
ROUNDS = 3
BASE = Shape("base", depth=2)

AXES = {
    "fields": [replace(BASE, name=f"fields-{n}", gauges=n) for n in (0, 20, 40, 80, 160)],
    "rules": [replace(BASE, name=f"rules-{n}", rules=n) for n in (1, 4, 8, 16, 32)],
    "nesting": [replace(BASE, name=f"nesting-{n}", depth=n) for n in (2, 5, 8, 12)],
    "invalid": [replace(BASE, name=f"invalid-{n:.0%}".rstrip("%"), invalid=n) for n in (0.0, 0.01, 0.1, 0.25, 0.5)],
}

Point = dict[str, float]


async def point(broker: Broker, axis: str, shape: Shape, records: int, data: Path) -> Point:
    """Return the cost of a record of this shape: ours, and the bare client's."""
    say(shape.name)
    async with staged(broker, shape, records, data / shape.name) as stage:
        rates = await race(stage, {ASSAY: records, BARE: records}, ROUNDS, say)
    size = sum(map(len, shape.values())) / len(shape.values())
    return {
        "n": place(axis, shape), "bytes": round(size), "us": cost(rates["assay"]), "bare_us": cost(rates["bare"]),
    }  # fmt: skip


def place(axis: str, shape: Shape) -> float:
    """Return where a shape stands on its axis; fields are counted at the top."""
    fields = len(json.loads(shape.contract(1))["schema"][0]["properties"])
    return {"fields": fields, "rules": shape.rules, "nesting": shape.depth, "invalid": shape.invalid}[axis]


def cost(rates: list[Rate]) -> float:
    """Return the median CPU of a record in microseconds."""
    return round(1e6 / median(rate.per_cpu_s for rate in rates), 2)


async def run(records: int) -> dict[str, list[Point]]:
    """Measure every axis on one Kafka of our own."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        async with open_broker("kafka", Path(scratch), say) as broker:
            return {
                axis: [await point(broker, axis, shape, records, Path(scratch)) for shape in shapes]
                for axis, shapes in AXES.items()
            }


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    sys.stdout.write(json.dumps(asyncio.run(run(parser.parse_args().records))) + "\n")


if __name__ == "__main__":
    main()
