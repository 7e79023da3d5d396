"""A lane ends when it is told to, whatever fails in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import CorruptRecordException, KafkaError, ProducerFenced
from structlog.testing import capture_logs

from assay.streaming import Block, LaneSettings, Outgoing, Partition, Record, Step
from assay.streaming.intake import Chunk
from assay.streaming.lane import Lane

BLOCK = Block.of([Record("raw", 0, 0, 0, None, b"")])


class Nothing(Step):
    """A step that is never reached."""

    async def judge(self, records: Block) -> list[Outgoing]:
        return []

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        return []


class Failing(Lane):
    """Takes one chunk, whose transaction fails when it is told to; no other comes."""

    def __init__(self) -> None:
        super().__init__("broker", "test", Partition("raw", 0), None, Nothing(), LaneSettings())
        self.settling = asyncio.Event()
        self.fails = asyncio.Event()
        self._intake.first = self._first  # type: ignore[method-assign]  # the broker's part

    async def _first(self, limit: int) -> Block:
        return BLOCK

    async def _seek(self, since_ms: int | None) -> None: ...

    @asynccontextmanager
    async def _fenced(self, since_ms: int) -> AsyncIterator[AIOKafkaProducer]:
        yield None

    async def _next(self, settling: asyncio.Task[Exception | None] | None) -> Chunk | None:
        if settling is not None:
            await asyncio.Event().wait()
        return Chunk([BLOCK])

    async def _settle(self, producer: AIOKafkaProducer, chunk: Chunk) -> None:
        self.settling.set()
        await self.fails.wait()
        raise ProducerFenced


async def test_a_lane_that_is_stopped_while_its_transaction_fails_ends() -> None:
    lane = Failing()
    running = asyncio.create_task(lane.run())
    await lane.settling.wait()
    lane.fails.set()
    running.cancel()
    await asyncio.wait([running], timeout=5)
    ended = running.done()
    running.cancel()
    assert ended


class Unreadable(Failing):
    """Its log can't be read at its position."""

    async def _stay(self, event: str, error: KafkaError) -> None:
        self.settling.set()
        await super()._stay(event, error)

    async def _first(self, limit: int) -> Block:
        raise CorruptRecordException("a batch can't be read")


async def test_a_lane_whose_log_cannot_be_read_stands_still_and_says_so() -> None:
    lane = Unreadable()
    lane._settings = LaneSettings(retry_s=0, longest_retry_s=0)
    lane._retry_s = 0
    with capture_logs() as said:
        running = asyncio.create_task(lane.run())
        async with asyncio.timeout(5):
            await lane.settling.wait()
        running.cancel()
        await asyncio.wait([running])
    assert lane.is_stopped
    assert said[-1]["event"] == "batch.unreadable"
