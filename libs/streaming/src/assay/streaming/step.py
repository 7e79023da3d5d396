"""What a forwarder does with records: the face of a step."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from assay.streaming.record import Outgoing, Partition, Record

__all__ = ["Start", "Step"]


class Start(Enum):
    """Where a lane starts."""

    COMMITTED = "committed"
    BEGINNING = "beginning"


class Step(Protocol):
    """What a forwarder does with records; it holds nothing that a crash may lose.

    Of one partition the calls come one after another, in this order: `assigned`; then chunk by chunk `judge`, slice
    after slice, and `closing`. `committed` follows when the transaction of a chunk has gone through, which may be while
    the chunk after it is judged. Whatever goes wrong, the next call is `assigned`, and what was not committed by then
    never was.
    """

    start: Start
    """Where a lane starts: `COMMITTED` to go on, `BEGINNING` where going through everything again does no harm."""

    async def assigned(self, partition: Partition) -> None:
        """Prepare for a partition that is fenced now: what others wrote for it before is final."""
        ...

    async def judge(self, records: Sequence[Record]) -> list[Outgoing]:
        """Return what is to be written for these records, in order; never raises for what a record holds.

        Raises:
            TransientError: they can't be judged now; the chunk is read again a little later.
        """
        ...

    def closing(self, partition: Partition, log_end: int) -> list[Outgoing]:
        """Return what is written beside what was judged since the last call, in the same transaction."""
        ...

    def committed(self, partition: Partition) -> None:
        """Take in for good what the oldest closed chunk held."""
        ...

    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        """Return what stands for a record whose output the broker refuses for its content."""
        ...
