"""Tells of partitions that come and go, in our words, from aiokafka's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

from aiokafka import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from assay.streaming.record import Partition

__all__ = ["Rebalance"]

Told = Callable[[Collection[Partition]], Awaitable[None]]


class Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """Calls `assigned` with every partition that is ours now, and `revoked` before any is given up."""

    def __init__(self, assigned: Told, revoked: Told) -> None:
        self._assigned = assigned
        self._revoked = revoked

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        await self._assigned([Partition(*partition) for partition in assigned])

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        # aiokafka 0.14 cancels its heartbeat after this call and awaits it: one that never ran a step would end the
        # whole coordination without a word, as a change of topics during a join does. This lets it step.
        await asyncio.sleep(0)
        await self._revoked([Partition(*partition) for partition in revoked])
