"""Leads the local state of a joint step up to the committed positions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping
from time import time
from typing import Any, TypeVar

from assay.streaming.joint_logs import FamilyLogs
from assay.streaming.joint_step import JointStep
from assay.streaming.record import Partition
from assay.telemetry import get_logger

__all__ = ["caught_up", "named", "whole"]

Done = TypeVar("Done")


async def caught_up(
    step: JointStep, lead: Partition, logs: FamilyLogs, committed: Mapping[Partition, int]
) -> AsyncGenerator[None]:
    """Give the step what it lacks of what was settled; yields after each piece of it, and is done at the end."""
    async for blocks, positions in logs.between(await _starts(step, lead, logs, committed), committed):
        for block in blocks:
            await whole(step.restore(lead, block))
        await whole(step.committed(lead, positions))
        yield


async def _starts(
    step: JointStep, lead: Partition, logs: FamilyLogs, committed: Mapping[Partition, int]
) -> dict[Partition, int]:
    """Return from where on the step lacks what was settled, of each log that was read before."""
    local = await whole(step.assigned(lead, {each: committed.get(each) for each in logs.family}))
    known = {each: at for each in logs.family if (at := local.get(each)) is not None}
    first = {each: first for each, (first, _) in (await logs.bounds()).items()}
    if any(not first[each] <= at <= committed.get(each, -1) for each, at in known.items()):
        get_logger().warning("state.forgotten", lead=str(lead), local=named(known), committed=named(committed))
        await whole(step.forget(lead))
        known = {}
    unknown = {each: end for each, end in committed.items() if each not in known}
    since_ms = step.rebuild_since_ms(lead, int(time() * 1000))
    return known | (await logs.since(unknown, since_ms) if unknown else {})


async def whole(work: Coroutine[Any, Any, Done]) -> Done:
    """Wait for what the step does to its end, also when cancelled: what it began in a thread can't be called back."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled() and (error := running.exception()):
            get_logger().debug("step.failed", error=repr(error))
        raise


def named(positions: Mapping[Partition, int]) -> dict[str, int]:
    """Return positions as a log shows them."""
    return {str(each): position for each, position in positions.items()}
