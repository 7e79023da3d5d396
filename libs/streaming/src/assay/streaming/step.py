"""What a forwarder does with records: the face of a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum

from assay.streaming.blocks import Block, Onward
from assay.streaming.record import Outgoing, Partition, Record

__all__ = ["Start", "Step"]


class Start(Enum):
    """Where a lane starts."""

    COMMITTED = "committed"
    BEGINNING = "beginning"


class Step(ABC):
    """What a forwarder does with records; it holds nothing that a crash may lose.

    Of one partition the calls come one after another, in this order: `assigned`; then chunk by chunk `judge`, for
    each answer of the broker, and `closing`. `committed` follows when the transaction of a chunk has gone through,
    which may be while the chunk after it is judged. Whatever goes wrong, the next call is `assigned`, and what was
    not committed by then never was.
    """

    start = Start.COMMITTED
    """Where a lane starts: `COMMITTED` to go on, `BEGINNING` where going through everything again does no harm."""

    async def resumes(self, partition: Partition, since_ms: int | None) -> int | None:  # noqa: ARG002 -- for a step that knows better
        """Return where to go on when the group knows no position, None to begin at the beginning of the log.

        `since_ms` is the arrival of the log's first record, None where the log no longer has what it began with.
        """
        return None

    def limit(self, partition: Partition) -> int | None:  # noqa: ARG002 -- for a step that has one
        """Return how many records of this partition a transaction may hold, None for as many as of any."""
        return None

    def is_at_work(self, partition: Partition) -> bool:  # noqa: ARG002 -- for a step that may take long
        """Whether it does something for this partition that may take long, each part of it with an end of its own.

        The partition is slow then, but not stuck.
        """
        return False

    async def assigned(self, partition: Partition, since_ms: int) -> None:  # noqa: B027 -- most have nothing to prepare
        """Prepare for a partition that is fenced now: what others wrote for it before is final.

        `since_ms` is the arrival of a record that is not settled, or was settled a moment ago.
        """

    @abstractmethod
    async def judge(self, records: Block) -> Sequence[Outgoing | Onward]:
        """Return what is to be written for these records, in order; never raises for what a record holds.

        It lets the loop have a turn every few milliseconds.

        Raises:
            TransientError: they can't be judged now; the chunk is read again a little later.
        """

    def closing(self, partition: Partition, before: int, after: int, log_end: int) -> list[Outgoing]:  # noqa: ARG002 -- as above
        """Return what is written beside what was judged since the last call, in the same transaction.

        `before` is where the chunk before it ended, `after` the position that is committed with it, `log_end` where the
        log ended when it was last asked.
        """
        return []

    def released(self, partition: Partition) -> None:  # noqa: B027 -- as above
        """Let go of what is held for a partition: nothing of it comes before the next `assigned`."""

    def committed(self, partition: Partition) -> None:  # noqa: B027 -- as above
        """Take in for good what the oldest closed chunk held."""

    @abstractmethod
    def stub(self, record: Record, refusal: str) -> list[Outgoing]:
        """Return what stands for a record whose output the broker refuses for its content."""
