"""Who watches breaches hears of each change once, whichever process over the store made it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from assay.alerts import breach_rows
from assay.alerts.breaches import Breach, Measurement, Severity, State
from assay.alerts.neighbours import Neighbours
from assay.alerts.watchers import Watchers
from assay.runtime.database import Database

MINUTE_MS = 60_000
BROKEN = Measurement(
    fingerprint="f1", contract="orders", contract_version="1.0.0", promise="errors", promised="at most 5 % refused",
    measured="7 %", value=7.0, window="10:00 to 10:05", window_start_ms=0, window_end_ms=5 * MINUTE_MS, state=State.FIRING,
)  # fmt: skip
FIRED = Breach(BROKEN, BROKEN)
LATER = replace(FIRED, latest=replace(FIRED.latest, window_start_ms=FIRED.latest.window_start_ms + MINUTE_MS))
OVER = replace(LATER, resolved=replace(LATER.latest, state=State.RESOLVED))


@dataclass
class Two:
    """A process that watches, and another over the same store."""

    watchers: Watchers
    neighbours: Neighbours
    other: Database

    async def heard(self, *steps: Breach) -> list[Breach]:
        """What a watcher hears while the other process keeps these, and the first looks after each."""
        async with aclosing(self.watchers.follow("", Severity.INFO)) as changes:
            await anext(changes)
            for step in steps:
                await self.other.run(partial(breach_rows.keep, breach=step))
                await self.neighbours.look()
            self.watchers.tell(END)
            found = []
            while (change := await anext(changes)) != END:
                found.append(change)
        return [each for each in found if each is not None]


END = Breach(replace(FIRED.fired, fingerprint="end"), replace(FIRED.latest, fingerprint="end"))


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[Two]:
    url = f"sqlite:///{folder}/alerts.db"
    async with (
        Database(url, "ASSAY_ALERTS_STORE", breach_rows.prepare) as mine,
        Database(url, "ASSAY_ALERTS_STORE", breach_rows.prepare) as other,
    ):
        watchers = Watchers()
        yield Two(watchers, Neighbours(mine, watchers, 1.0), other)


async def test_what_another_process_fires_changes_and_ends_is_heard_here(tmp_path: Path) -> None:
    async with two(tmp_path) as there:
        await there.neighbours.look()
        assert await there.heard(FIRED, LATER, OVER) == [FIRED, LATER, OVER]


async def test_what_was_open_before_anyone_looked_is_no_news(tmp_path: Path) -> None:
    async with two(tmp_path) as there:
        await there.other.run(partial(breach_rows.keep, breach=FIRED))
        await there.neighbours.look()
        assert await there.heard(LATER) == [LATER]


async def test_what_this_process_told_itself_is_heard_once(tmp_path: Path) -> None:
    async with two(tmp_path) as there:
        await there.neighbours.look()
        there.watchers.tell(FIRED)
        assert await there.heard(FIRED) == []


async def test_nothing_older_is_heard_after_what_is_newer(tmp_path: Path) -> None:
    async with two(tmp_path) as there:
        await there.neighbours.look()
        there.watchers.tell(OVER)
        assert await there.heard(FIRED, LATER) == []
