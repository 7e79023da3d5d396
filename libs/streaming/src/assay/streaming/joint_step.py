"""What is done with topics that belong together, one partition number of all of them at a time: the face of a joint step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from assay.streaming.blocks import Block
from assay.streaming.record import Outgoing, Partition

__all__ = ["JointStep", "LogSpan"]


class LogSpan(NamedTuple):
    """What a transaction settles of one log: from `first` up to `next`, of a log that ended at `log_end` when last asked."""

    first: int
    next: int
    log_end: int


class JointStep(ABC):
    """Joins topics that share key and partition count, and may keep local state: what is lost of it is built again.

    A family is one partition number of such topics; its first topic, the lead, is what the group gives out. Of one lead
    partition the calls come one after another, in this order: `family`; `assigned`; `forget`, where the log can't lead on
    from what is held locally; `restore` and `committed` by turns, up to the committed positions; then chunk by chunk
    `judge`, once for each answer of the broker, `closing` and `committed`; where nothing came for a while, `heartbeat`
    and `committed`. At the end, and whatever goes wrong, comes `released`: what was not committed by then never was, and
    the next call is `family` again, in this process or in another.

    The positions are Kafka's: they move in the transaction that writes what `closing` returned, and local state is
    written afterwards. So it is never ahead of them, and where it is behind, the log between is given to `restore`.
    A call that was begun is waited for also when the partition is taken away. Local state belongs to one process: two
    that write into one folder would undo each other's work.
    """

    @abstractmethod
    def family(self, lead: Partition) -> Sequence[Partition]:
        """Return what belongs together, the lead first, all of the same partition number.

        Asked each time a partition is taken in hand; `Forwarder.reopen` makes that happen when contracts change it. A
        topic that does not exist yet is waited for, and holds up its family.
        """

    @abstractmethod
    async def assigned(
        self, lead: Partition, committed: Mapping[Partition, int | None]
    ) -> Mapping[Partition, int | None]:
        """Prepare for a family that is fenced now, and return how far the local state is, None where there is none.

        `committed` is where reading goes on, None where it never began; it is final. What stands between the returned
        positions and these is given to `restore`; where one is None, from `rebuild_since_ms` on. One that is left out is
        None. Positions that the local state can't be at (after `committed`, or no longer in the log) lead to `forget`.
        """

    async def forget(self, lead: Partition) -> None:  # noqa: B027 -- a step without local state has nothing to forget
        """Throw away all local state of this family: it is of another history, or the log no longer leads on from it.

        All of it is built again, from `rebuild_since_ms` on.
        """

    def rebuild_since_ms(self, lead: Partition, now_ms: int) -> int | None:  # noqa: ARG002 -- for a step that needs no more
        """Return from which record time on a log is read again where local state is gone, None for its beginning."""
        return None

    @abstractmethod
    async def restore(self, lead: Partition, records: Block) -> None:
        """Take in records of one topic that were settled before; nothing is written for them."""

    @abstractmethod
    async def judge(self, lead: Partition, records: Block) -> None:
        """Take in records of one topic, in the order of its log.

        What waits in the topics of a family comes in the order in which it arrived there, piece by piece, as far as that
        can be known; nothing may depend on it but how long something waits for what belongs to it.

        Never raises for what a record holds, and lets the loop have a turn every few milliseconds.

        Raises:
            TransientError: they can't be judged now; all that is not committed is read again a little later.
        """

    @abstractmethod
    def closing(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:
        """Return what is written for all that was judged since the last `committed`, in the transaction of these spans.

        The spans are of every log of the family; a span begins where the one before it ended.
        """

    @abstractmethod
    async def committed(self, lead: Partition, positions: Mapping[Partition, int]) -> None:
        """All before these positions is settled for good: write local state and positions in one local transaction.

        Comes after a transaction went through, and now and then during `restore`.
        """

    def heartbeat(self, lead: Partition, spans: Mapping[Partition, LogSpan]) -> list[Outgoing]:  # noqa: ARG002 -- for a step that has none
        """Return what is written where no record came for `heartbeat_s`, in a transaction of its own.

        The spans hold no record; they move past transaction markers and aborted ones.
        """
        return []

    def released(self, lead: Partition) -> None:  # noqa: B027 -- as above
        """Let go of what is held in memory for this family, if anything is."""
