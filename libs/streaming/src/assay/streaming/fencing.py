"""Holds a transactional id: what exactly-once rests on, for whoever writes what follows from one partition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from assay.runtime import TransientError
from assay.streaming import kafka
from assay.streaming.errors import RefusedRecordError

__all__ = ["COPED", "fenced", "heed_cancellation"]

COPED = (KafkaError, TransientError, RefusedRecordError)
"""What is coped with by fencing anew and going on from the committed position."""


@asynccontextmanager
async def fenced(
    broker: str, transactional_id: str, *, transaction_s: float, release_s: float
) -> AsyncIterator[AIOKafkaProducer]:
    """Hold the producer of an id for the block; on entering, whoever held it before can commit no more.

    Starting it ends the predecessor's transaction, so a committed offset that is read inside is final. On leaving, what
    is open is aborted, soon; when cancelled meanwhile, cut.

    Raises:
        BrokerUnreachableError: no broker answers.
    """
    producer = kafka.producer(broker, transactional_id=transactional_id, transaction_s=transaction_s)
    await kafka.started(producer, broker)
    try:
        yield producer
    finally:
        await _release(producer, release_s)


def heed_cancellation() -> None:
    """Be cancelled where one was told to: a TaskGroup forgets it when a task of its own fails in that moment (3.11)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _release(producer: AIOKafkaProducer, release_s: float) -> None:
    try:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(release_s):
                await kafka.abandon(producer)
    finally:
        await kafka.stopped(producer, release_s)
