"""What a forwarder runs for each partition that is assigned to it: the face of a lane and of a ward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aiokafka import AIOKafkaConsumer

from assay.streaming.record import Partition

__all__ = ["Holder", "Makes"]


class Holder(Protocol):
    """Has one partition in hand, from `run` until that is cancelled."""

    moved_s: float
    """When it last moved, or said why it can't."""
    is_stopped: bool
    """Whether it stands still for good."""

    @property
    def position(self) -> int | None:
        """The offset after the last record that is settled; None before the first is read."""
        ...

    @property
    def is_at_work(self) -> bool:
        """Whether it does something that may take long, and has an end."""
        ...

    @property
    def oldest_ms(self) -> int | None:
        """The arrival of the oldest record that was taken and is not settled, None for none."""
        ...

    async def run(self) -> None:
        """Settle this partition until cancelled."""
        ...


Makes = Callable[[str, Partition, AIOKafkaConsumer], Holder]
"""Makes what holds a partition in a group, with the consumer of the group to read with."""
