"""A broker in reach, and how one of our own is started on ports that nobody else took."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from assay.testkit.clients import answers
from assay.testkit.errors import BrokerUnavailableError, ChildDiedError
from assay.testkit.ports import free_ports
from assay.testkit.processes import Child

__all__ = ["Broker", "Kind", "Recipe", "launched"]

Kind = Literal["kafka", "embedded", "external"]
Recipe = Callable[[int, int], Awaitable[Child]]
"""Prepares the child that will listen on the first port, with a second port for its own use."""

_READY_S = 60.0
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that answered; one of our own can be killed and started again on the same port and data."""

    kind: Kind
    bootstrap: str
    child: Child | None = None
    data_budget_bytes: int | None = None

    @property
    def is_durable(self) -> bool:
        """Whether an acknowledged record survives a hard kill of the broker; ours only if it is Apache Kafka."""
        return self.kind != "embedded"

    async def kill(self) -> None:
        """Kill the broker hard; what it acknowledged must be there after `start`, if it is durable."""
        await self._own().kill()

    async def stop(self) -> None:
        """Stop the broker gracefully."""
        await self._own().stop()

    async def start(self) -> None:
        """Start a broker that was killed or stopped; returns once it answers."""
        child = self._own()
        child.start()
        await child.ready_when(lambda: answers(self.bootstrap), _READY_S)

    def _own(self) -> Child:
        if self.child is None:
            raise BrokerUnavailableError(self.kind, f"{self.bootstrap} is not ours to stop or start")
        return self.child


@contextlib.asynccontextmanager
async def launched(kind: Kind, recipe: Recipe, *, data_budget_bytes: int | None = None) -> AsyncIterator[Broker]:
    """A broker of our own that answers; stopped on exit.

    Raises:
        ChildDiedError: it ended before it answered, with the tail of its log.
        NotReadyError: it did not answer within a minute.
    """
    broker = await _launch(kind, recipe, data_budget_bytes)
    try:
        yield broker
    finally:
        await broker.stop()


async def _launch(kind: Kind, recipe: Recipe, data_budget_bytes: int | None) -> Broker:
    for last in [False] * (_TRIES - 1) + [True]:
        port, second = free_ports(2)
        child = await recipe(port, second)
        broker = Broker(kind, f"127.0.0.1:{port}", child, data_budget_bytes)
        try:
            await broker.start()
        except ChildDiedError as error:
            if last or "in use" not in error.tail:
                raise
        except BaseException:
            await child.stop()
            raise
        else:
            return broker
    raise AssertionError("the last try returns or raises")
