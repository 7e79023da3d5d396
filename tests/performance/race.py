"""Runs contenders in turns over the same records and reads their rates from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from assay.testkit import Child, TestkitError
from tests.performance.contenders import Contender
from tests.performance.cpu import cpu_s
from tests.performance.stage import Probe, Stage, probing

__all__ = ["Rate", "middle", "race", "timed", "together"]

WARM = 0.1  # share of the records that is not measured: imports, connections, the first of everything
POLL_S = 0.05
WARM_S = 60.0
WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Records per second of a contender's own CPU, and of the clock on the wall."""

    per_cpu_s: float
    per_wall_s: float


@dataclass(frozen=True, slots=True)
class _Mark:
    records: int
    cpu_s: float
    wall_s: float


async def timed(stage: Stage, contender: Contender, records: int, within_s: float = WITHIN_S) -> Rate:
    """Let it run over the first records of the raw topic, or for `within_s` once it is warm.

    Raises:
        ChildDiedError: it ended.
        TimeoutError: it was not warm within a minute.
    """
    async with probing(stage, contender.group) as probe:
        await probe.rewind()
        async with contender.child(stage) as child:
            return await _watched(probe, [child], records, within_s)


async def together(stage: Stage, contender: Contender, workers: int, records: int) -> Rate:
    """Let several workers share records that are written while they are frozen: each has its partitions by then.

    Raises:
        ChildDiedError: one ended.
        TimeoutError: they were not warm within a minute.
    """
    async with probing(stage, contender.group) as probe, AsyncExitStack() as running:
        await probe.skip()
        children = [await running.enter_async_context(contender.child(stage, number)) for number in range(workers)]
        await probe.warm(workers)
        for child in children:
            child.pause()
        await stage.fill(records)
        for child in children:
            child.resume()
        return await _watched(probe, children, records, WITHIN_S)


async def _watched(probe: Probe, children: Sequence[Child], records: int, within_s: float) -> Rate:
    async def mark() -> _Mark:
        done = await probe.records()
        for child in children:
            child.check()
        return _Mark(done, sum(cpu_s(child.pid) for child in children), time.monotonic())

    async with asyncio.timeout(WARM_S):
        while (first := await mark()).records < WARM * records:  # noqa: ASYNC110 -- another process tells of no event
            await asyncio.sleep(POLL_S)
    last = now = first
    while now.records < records and now.wall_s - first.wall_s < within_s:
        await asyncio.sleep(POLL_S)
        last, now = now, await mark()
    return _rate(first, last if last.records > first.records else now)


def _rate(first: _Mark, last: _Mark) -> Rate:
    records = last.records - first.records
    return Rate(records / (last.cpu_s - first.cpu_s), records / (last.wall_s - first.wall_s))


async def race(
    stage: Stage, contenders: Mapping[Contender, int], rounds: int, say: Callable[[str], None]
) -> dict[str, list[Rate]]:
    """Run contenders in turns, A B C A B C, each over its number of records: a busy minute is everyone's.

    One that can't run has no rates; `say` is told why.
    """
    rates: dict[str, list[Rate]] = {contender.name: [] for contender in contenders}
    absent: set[Contender] = set()
    for _ in range(rounds):
        for contender in [each for each in contenders if each not in absent]:
            try:
                rates[contender.name].append(await timed(stage, contender, contenders[contender]))
            except (TestkitError, TimeoutError) as error:
                say(f"{contender.name} gives no figure: {error!r}")
                absent.add(contender)
    return rates


def middle(ours: Sequence[Rate], theirs: Sequence[Rate], *, by_wall: bool = False) -> float | None:
    """Return the median over the rounds of our rate by theirs, per CPU second or by the wall; None without theirs."""
    pairs = zip(ours, theirs, strict=False)
    ratios = [one.per_wall_s / other.per_wall_s if by_wall else one.per_cpu_s / other.per_cpu_s for one, other in pairs]
    return median(ratios) if ratios else None
