"""Measures how fast alerts merges panes, beside a plain upsert and beside only reading them, and that no window is wrong.

`assay bench alerts` runs this. Ends with one JSON object on stdout; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from assay.alerts.panes import PaneReader
from assay.runtime.engine import open_engine, read_url
from tests.performance.panes import MINUTE_MS, Minutes, contract_id, panes, plain, read, recount, write
from tests.performance.race import Rate, middle
from tests.performance.say import say

__all__ = ["CONTRACTS", "PANES", "ROUNDS", "measured", "wrong_windows"]

CONTRACTS, PANES, ROUNDS = 200, 100_000, 5
PROMISES_EACH = 10
CONTENDERS = ("ours", "bare", "peer")
WINDOW_MINUTES = 5
FED_PER_S = 400
"""Panes that come in a second while windows close: from each contract two."""
LAG_WITHIN_S = 300.0

Figures = dict[str, object]


async def measured(contracts: int, count: int, rounds: int, folder: Path, pace: int = 1) -> Figures:
    """Return all figures.

    Args:
        pace: how much faster the clock goes by which windows are waited for; a lag is one by the wall only at 1.
    """
    source = folder / "panes"
    write(source, panes(count, contracts))
    rates: dict[str, list[Rate]] = {name: [] for name in CONTENDERS}
    for number in range(rounds):
        for name in CONTENDERS:
            rates[name].append(await _rate(name, source, folder / f"{name}-{number}.db", count))
            say(f"{name}: {rates[name][-1].per_cpu_s:,.0f} panes per second of its CPU")
    wrong, windows = wrong_windows(f"sqlite:///{folder / 'ours-0.db'}", plain(read(source)), contracts)
    lags = await _lags(contracts, folder, pace)
    return {
        "panes_per_s": _middle(rates["ours"]),
        "wrong_windows": wrong,
        "lag_ms": max(lags, default=None),
        "vs_bare": _ratio(rates["ours"], rates["bare"]),
        "vs_upsert": _ratio(rates["ours"], rates["peer"]),
        "figures": {
            "rate": "panes per second of the process's CPU, which is one core; a ratio is the median over the rounds",
            "cores": os.cpu_count(), "contracts": contracts, "promises": PROMISES_EACH * contracts, "panes": count,
            "rounds": rounds, "windows": windows, "pane_bytes": source.stat().st_size // count,
            "per_wall_s": round(median(rate.per_wall_s for rate in rates["ours"])),
            "bare_per_s": _middle(rates["bare"]), "upsert_per_s": _middle(rates["peer"]),
            "lag_median_ms": round(median(lags)) if lags else None, "lag_windows": len(lags), "lag_panes_per_s": FED_PER_S,
            "each": {name: [round(rate.per_cpu_s) for rate in found] for name, found in rates.items()},
        },
    }  # fmt: skip


async def _rate(name: str, source: Path, store: Path, count: int) -> Rate:
    command = ("-m", "tests.performance.loops.panes", name, str(source), str(store))
    child = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    taken = json.loads(said)
    return Rate(count / taken["cpu_s"], count / taken["wall_s"])


async def _lags(contracts: int, folder: Path, pace: int) -> list[int]:
    """Return how late each contract's next window was evaluated; none where not all were within five minutes."""
    command = ("-m", "tests.performance.lag", str(contracts), str(FED_PER_S), "1", str(folder), str(pace))
    child = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(LAG_WITHIN_S):
            said, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        say(f"not all windows were evaluated within {LAG_WITHIN_S:g} s")
        return []
    found: list[int] = json.loads(said.splitlines()[-1])
    return found


def wrong_windows(store: str, minutes: Minutes, contracts: int) -> tuple[int, int]:
    """Hold every window of every contract to a plain recount; return how many are not equal in every number, and of how many.

    The windows are of five minutes, and one of all.
    """
    numbers = sorted({minute for _, _, minute in minutes})
    first, after = numbers[0] - numbers[0] % WINDOW_MINUTES, numbers[-1] + 1
    windows = [(start, start + WINDOW_MINUTES) for start in range(first, after, WINDOW_MINUTES)]
    engine, reader = open_engine(read_url(store, "STORE")), PaneReader()
    with engine.begin() as transaction:
        wrong = sum(
            reader.counts(transaction, contract, start * MINUTE_MS, end * MINUTE_MS)
            != recount(minutes, contract, start, end)
            for contract in map(contract_id, range(contracts))
            for start, end in (*windows, (first, after))
        )
    engine.dispose()
    return wrong, contracts * (len(windows) + 1)


def _middle(rates: Sequence[Rate]) -> int:
    return round(median(rate.per_cpu_s for rate in rates))


def _ratio(ours: Sequence[Rate], theirs: Sequence[Rate]) -> float | None:
    ratio = middle(ours, theirs)
    return None if ratio is None else round(ratio, 3)


def main() -> None:
    """Measure, and write one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=CONTRACTS)
    parser.add_argument("--panes", type=int, default=PANES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        figures = asyncio.run(measured(told.contracts, told.panes, told.rounds, Path(scratch)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
