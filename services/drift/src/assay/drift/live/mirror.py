"""The newest windows in Redis as well: written after memory, so that Redis holds up nothing when it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from assay.drift.live.held import Held
from assay.drift.live.live import Live
from assay.drift.live.shared import ANSWER_S, CHANNEL, SERIES, coped, keys_of, name_of, rank_of
from assay.telemetry import get_logger, metrics

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Mirror"]

TOGETHER = 20
"""Windows that are written in one trip: some hundred kilobytes."""

WAITING = 10_000
"""Windows that wait while Redis is slow; beyond that it is behind, and gets all of them anew."""

RETRY_S = 1.0

WRITE = """
local stands = redis.call('HGET', KEYS[2], ARGV[2])
if stands and string.sub(stands, 1, string.len(ARGV[3])) >= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3] .. ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[2])
for _, start in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1 - tonumber(ARGV[5]))) do
  redis.call('HDEL', KEYS[2], start)
  redis.call('ZREM', KEYS[3], start)
end
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('EXPIRE', KEYS[3], ARGV[6])
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[7], ARGV[4])
return 1
"""
"""Keeps a window unless a revision stands there that is as new, forgets the oldest, and tells who listens: all or nothing."""


class Mirror:
    """Writes what it is told of into Redis; what Redis missed while it was away it gets when it is back.

    Args:
        redis: the client, that tries nothing twice by itself.
        keep: windows of each series that are kept there.
        forget_s: how long a series is kept there that no window comes to any more.
    """

    def __init__(self, redis: Redis, keep: int, forget_s: float) -> None:
        self._redis = redis
        self._write = redis.register_script(WRITE)
        self._keep = keep
        self._forget_s = int(forget_s)
        self._waiting: dict[tuple[str, int], Held] = {}
        self._moved = asyncio.Event()
        self._is_behind = True

    def note(self, held: Held) -> None:
        """Take in a window that is to be written; never waits."""
        if self._is_behind:  # all are written, once Redis is there
            return
        self._waiting[name_of(held.series), held.start_ms] = held
        if len(self._waiting) > WAITING:
            self._fall_behind()
        self._moved.set()

    async def run(self, live: Live) -> NoReturn:
        """Write until cancelled; Redis that is away is waited for, and then gets all that is live."""
        while True:
            try:
                await self._follow(live)
            except coped() as error:
                if not self._is_behind:
                    get_logger().warning("mirror.away", error=type(error).__name__)
                self._fall_behind()
                metrics.DRIFT_MIRROR_FAILURES.labels("write").inc()
                await asyncio.sleep(RETRY_S)

    async def _follow(self, live: Live) -> NoReturn:
        async with asyncio.timeout(ANSWER_S):
            await self._redis.ping()
        self._is_behind = False
        async for some in _all(live):
            await self._send(some)
        get_logger().info("mirror.filled", series=len(live.series()))
        while True:
            await self._moved.wait()
            if self._is_behind:
                raise TimeoutError("Redis takes windows more slowly than they come")
            some = [self._waiting.pop(each) for each in list(islice(self._waiting, TOGETHER))]
            if not self._waiting:
                self._moved.clear()
            await self._send(some)

    async def _send(self, windows: Sequence[Held]) -> None:
        async with asyncio.timeout(ANSWER_S), self._redis.pipeline(transaction=False) as pipe:
            for held in windows:
                name = name_of(held.series)
                said = (name, held.start_ms, rank_of(held), held.body, self._keep, self._forget_s, CHANNEL)
                await self._write(keys=[SERIES, *keys_of(name)], args=said, client=pipe)
            await pipe.execute()

    def _fall_behind(self) -> None:
        self._is_behind = True
        self._waiting.clear()


async def _all(live: Live) -> AsyncIterator[Sequence[Held]]:
    """Give all windows, some at a time; what comes meanwhile is noted beside."""
    for series in live.series():
        windows: Iterator[Held] = iter(live.newest_ones(series))
        while some := list(islice(windows, TOGETHER)):
            yield some
