"""Recovery beside bare clients, in turns: its index beside a reader, its replays beside a copier."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.contracts import load
from assay.testkit import Child, Service
from assay.testkit.clients import create_topic
from tests.performance.cpu import cpu_s
from tests.performance.killed import failures, recovering
from tests.performance.letters import PARTITIONS, Letters, hopeless
from tests.performance.meter import WARM
from tests.performance.progress import replayed
from tests.performance.race import Rate
from tests.performance.say import say

__all__ = ["Races"]

WITHIN_S = 300.0
POLL_S = 0.2  # each look at its counters is work of the service that is measured


@dataclass(frozen=True, slots=True)
class Races:
    """`main` is read by the index, of `raced` one contract a round is replayed: what is settled is not replayed again."""

    main: Letters
    raced: Sequence[Letters]
    data: Path

    async def folds(self) -> tuple[list[Rate], list[Rate]]:
        """The index of recovery alone, and the bare reader, over the same dead letters."""
        text, broker, count = self.data / "letters.json", self.main.broker.bootstrap, str(self.main.count)
        text.write_bytes(self.main.text(mends=True))
        topic = load(text.read_bytes()).topics.dead_letters
        ours, theirs = list[Rate](), list[Rate]()
        for number in range(len(self.raced)):
            store = f"sqlite:///{self.data / f'fold-{number}.db'}"
            ours.append(await self._told("fold", broker, str(text), store, f"bench.fold.{number}", count))
            theirs.append(await self._told("read", broker, topic, str(PARTITIONS), count))
            say(f"index: {ours[-1].per_cpu_s:,.0f} a second of CPU, bare {theirs[-1].per_cpu_s:,.0f}")
        return ours, theirs

    async def replays(self) -> tuple[list[Rate], list[Rate]]:
        """The whole service at its replays, its index among it, and the bare copier over the same dead letters."""
        ours, theirs = list[Rate](), list[Rate]()
        if not self.raced:
            return ours, theirs
        async with recovering(self.main, self.data) as recovery:
            for letters in self.raced:
                ours.append(await self._replay(recovery, letters))
                theirs.append(await self._copy(letters))
                say(f"replay: {ours[-1].per_cpu_s:,.0f} a second of CPU, bare {theirs[-1].per_cpu_s:,.0f}")
        return ours, theirs

    async def _replay(self, recovery: Service, letters: Letters) -> Rate:
        """Put the flow in force and watch; the service has indexed all before."""
        async with asyncio.timeout(WITHIN_S):
            while (await failures(recovery, letters.contract_id)).dead_letters < letters.count:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(POLL_S)
            await letters.put_in_force(mends=True)
            there = letters.count - hopeless(letters.count)
            first = await self._mark(recovery, letters, int(WARM * there))
            last = await self._mark(recovery, letters, there)
        count, used_s, wall_s = (after - before for after, before in zip(last, first, strict=True))
        return Rate(count / used_s, count / wall_s)

    async def _mark(self, recovery: Service, letters: Letters, count: int) -> tuple[float, float, float]:
        """How many are replayed, once they are so many, and the CPU and the time that it took."""
        while (now := await replayed(recovery.metrics, letters.contract_id)) < count:
            recovery.check()
            await asyncio.sleep(POLL_S)
        return now, cpu_s(recovery.pid), time.perf_counter()

    async def _copy(self, letters: Letters) -> Rate:
        source, group = load(letters.text(mends=True)).topics.dead_letters, f"bench-copy-{letters.name}"
        target = await create_topic(letters.broker.bootstrap, group, partitions=PARTITIONS)
        return await self._told(
            "copy", letters.broker.bootstrap, source, target, group, str(PARTITIONS), str(letters.count)
        )

    async def _told(self, loop: str, *arguments: str) -> Rate:
        """Run a loop to its end and return what it says of itself.

        Raises:
            ChildDiedError: it failed.
        """
        log = self.data / f"{loop}-{time.monotonic_ns()}.log"
        async with Child(loop, [sys.executable, "-m", f"tests.performance.loops.{loop}", *arguments], log=log) as child:
            async with asyncio.timeout(WITHIN_S):
                await child.ended()
        lines = [line for line in log.read_text().splitlines() if line.startswith('{"per_cpu_s"')]
        if not lines:
            raise RuntimeError(f"{loop} gives no figure: {child.tail()}")
        return Rate(**json.loads(lines[-1]))
