"""Serves from Redis what another process writes there: reads windows into memory, and follows what is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from google.protobuf.message import DecodeError

from assay.api.drift.v1.window_pb2 import Window
from assay.drift.live.live import Live
from assay.drift.live.shared import ANSWER_S, CHANNEL, SERIES, body_of, coped, keys_of
from assay.telemetry import get_logger, metrics

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

__all__ = ["Follower"]

RETRY_S = 1.0
SILENCE_S = 5.0
"""After so long without a window Redis is asked whether it is still there."""

TOGETHER = 20
"""Windows that are read before others on the loop have their turn."""


class Follower:
    """Keeps a process's own memory as Redis has it; reads are answered from memory, while Redis is away too."""

    def __init__(self, redis: Redis, live: Live) -> None:
        self._redis = redis
        self._live = live
        self._filled = asyncio.Event()

    async def filled(self) -> None:
        """Wait until all that Redis had was read once."""
        await self._filled.wait()

    async def run(self) -> NoReturn:
        """Follow until cancelled; Redis that is away is waited for, and then read anew."""
        while True:
            try:
                async with self._redis.pubsub() as news:
                    async with asyncio.timeout(ANSWER_S):
                        await news.subscribe(CHANNEL)
                    await self._fill()
                    await self._hear(news)
            except coped() as error:
                metrics.DRIFT_MIRROR_FAILURES.labels("read").inc()
                get_logger().warning("mirror.away", error=type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _fill(self) -> None:
        async with asyncio.timeout(ANSWER_S):
            names = [_bytes(each).decode() for each in await self._redis.smembers(SERIES)]
        for name in sorted(names):
            async with asyncio.timeout(ANSWER_S):
                values = await self._redis.hvals(keys_of(name)[0])
            await self._take([body_of(_bytes(each)) for each in values])
        self._filled.set()
        get_logger().info("mirror.read", series=len(names))

    async def _hear(self, news: PubSub) -> NoReturn:
        while True:
            told = await news.get_message(ignore_subscribe_messages=True, timeout=SILENCE_S)
            if told is None:
                async with asyncio.timeout(ANSWER_S):
                    await self._redis.ping()
            else:
                await self._take([_bytes(told["data"])])

    async def _take(self, bodies: list[bytes]) -> None:
        for place in range(0, len(bodies), TOGETHER):
            self._live.take(_read(bodies[place : place + TOGETHER]))
            await asyncio.sleep(0)


def _read(bodies: Iterable[bytes]) -> Iterable[Window]:
    for body in bodies:
        try:
            yield Window.FromString(body)
        except DecodeError:  # not ours, or of a writer that is no more
            get_logger().warning("window.unreadable", size_bytes=len(body))


def _bytes(value: bytes | str) -> bytes:
    """What Redis gives to a client that decodes nothing; its types do not know which kind of client it is."""
    assert isinstance(value, bytes)
    return value
