"""Which dead letters are settled, as the index knows it: asked for once for each partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from assay.contracts import Contract
from assay.streaming import Record

__all__ = ["Marks", "SettledBlocks"]

BLOCK_BITS = 65_536


class SettledBlocks(Protocol):
    """Keeps a bit for each dead letter that is settled; what it knows may be a little old."""

    async def read(self, topic: str, partition: int) -> tuple[int | None, Mapping[int, bytes]]:
        """Return up to where the settlements of a partition are known, and the bits of what is settled by block."""
        ...


class Marks:
    """The settled dead letters of one contract as they were at the first question."""

    def __init__(self, settled: SettledBlocks, contract: Contract) -> None:
        self._settled = settled
        self._topic = contract.topics.dead_letters
        self._known: dict[int, tuple[int | None, Mapping[int, bytes]]] = {}

    async def has(self, record: Record) -> bool:
        """Whether this dead letter is known to be settled."""
        _, blocks = await self._of(record)
        block, bit = divmod(record.offset, BLOCK_BITS)
        marks = blocks.get(block, b"")
        return bit // 8 < len(marks) and bool(marks[bit // 8] >> bit % 8 & 1)

    async def since(self, record: Record) -> int | None:
        """Return from which settlement on one of this dead letter may stand; None where it is known to be there."""
        if await self.has(record):
            return None
        return (await self._of(record))[0] or 0

    async def _of(self, record: Record) -> tuple[int | None, Mapping[int, bytes]]:
        number = record.partition
        if number not in self._known:
            self._known[number] = await self._settled.read(self._topic, number)
        return self._known[number]
