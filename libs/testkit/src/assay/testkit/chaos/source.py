"""Numbered records for the raw topic of a contract, written in bursts, each number once."""

from __future__ import annotations

import asyncio
import json

from assay.streaming import Outgoing, Publisher

__all__ = ["BIG_BYTES", "BIG_EVERY", "Source", "big", "invalid"]

KEYS = 97
BATCH = 1_000
BIG_BYTES = 8_000
BIG_EVERY = 1_000


class Source:
    """Writes the numbers from 0 up to a count; no two bursts at once, and none while the broker is restarted.

    One in ten records is invalid; one in a thousand is big, and valid.
    """

    def __init__(self, broker: str, topic: str, records: int) -> None:
        self._broker = broker
        self.topic = topic
        self._records = records
        self.written = 0
        self.quiet = asyncio.Lock()
        """Held by whoever must not be written under: a repeated write would make a record twice in raw."""

    async def burst(self, records: int, *, kept: int = 0) -> None:
        """Write so many more, no more than are left beside those that are kept."""
        left, end = records, self._records - kept
        while left > 0:
            async with self.quiet, Publisher(self._broker) as publisher:
                numbers = range(self.written, min(self.written + min(left, BATCH), end))
                if not numbers:
                    return
                self.written = numbers.stop
                left -= BATCH
                await publisher.publish([_record(self.topic, number) for number in numbers])

    async def rest(self) -> None:
        """Write all that is left."""
        await self.burst(self._records)


def invalid(records: int) -> int:
    """Return how many of so many records are invalid."""
    return len(range(0, records, 10))


def big(records: int) -> int:
    """Return how many of so many records are big."""
    return len(range(501, records, BIG_EVERY))


def _record(topic: str, number: int) -> Outgoing:
    name = str(number).ljust(BIG_BYTES if number % BIG_EVERY == 501 else 0, "x")
    value = {"id": name, "amount": "ten" if number % 10 == 0 else number}
    return Outgoing(topic, None, b"key-%d" % (number % KEYS), json.dumps(value).encode())
