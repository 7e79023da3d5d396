"""One line of events to the gateway: one batch at a time, so that their order holds through every retry."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import suppress

from assay.client.backoff import backoff_s
from assay.client.batch import Pending, take_batch
from assay.client.config import Config
from assay.client.errors import UndeliveredError
from assay.client.gateway import Gateway, GatewayAwayError, GatewayRefusedError
from assay.client.receipt import Outcome, Rejected
from assay.client.room import Room
from assay.client.stats import Stats
from assay.telemetry import get_logger

__all__ = ["Lane"]

log = get_logger()


class Lane:
    """Delivers events of one contract in the order they were added.

    A batch leaves when it is full, when its oldest event has lingered, or when somebody waits for it; the next one
    only after each event of it is settled.
    """

    def __init__(self, contract: str, gateway: Gateway, config: Config, room: Room, stats: Stats) -> None:
        self._contract = contract
        self._gateway = gateway
        self._config = config
        self._room = room
        self._stats = stats
        self._waiting: deque[Pending] = deque()
        self._waiting_bytes = 0
        self._underway: list[Pending] = []
        self._added = self._settled = 0
        self._some, self._enough, self._progress = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def add(self, pending: Pending) -> bool:
        """Put an event at the end; return whether that made a full batch."""
        self._waiting.append(pending)
        self._waiting_bytes += pending.size_bytes
        self._added += 1
        self._some.set()
        if len(self._waiting) % self._config.batch_events and self._waiting_bytes < self._config.batch_bytes:
            return False
        self._enough.set()
        return True

    async def drained(self) -> None:
        """Return once each event added before the call is settled."""
        goal = self._added
        while self._settled < goal:
            self._enough.set()
            progress = self._progress
            await progress.wait()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            await self._gather()
            self._underway = take_batch(self._waiting, self._config.batch_events, self._config.batch_bytes)
            self._waiting_bytes -= sum(pending.size_bytes for pending in self._underway)
            await self._deliver()

    def abandon(self) -> None:
        """Settle all that is left as undelivered."""
        left = [*self._underway, *self._waiting]
        self._waiting.clear()
        self._underway = []
        self._give_up(left, "the producer was closed before it could be sent")

    async def _gather(self) -> None:
        """Wait for a batch that is worth sending."""
        if not self._waiting:
            self._some.clear()
            await self._some.wait()
        if len(self._waiting) < self._config.batch_events and self._waiting_bytes < self._config.batch_bytes:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.linger_ms / 1000):
                    await self._enough.wait()
        self._enough.clear()

    async def _deliver(self) -> None:
        """Try the batch under way until each event of it is settled."""
        waits_s = backoff_s()
        cause = ""
        while self._underway:
            cause = await self._try()
            if self._underway:
                await asyncio.sleep(next(waits_s))
                self._give_up(self._overdue(), f"not within {self._config.delivery_s:g} s; last: {cause}")

    async def _try(self) -> str:
        """Send the batch once; return why some of it is still under way."""
        batch = self._underway
        self._stats.sent += len(batch)
        self._stats.retried += sum(pending.tries > 0 for pending in batch)
        for pending in batch:
            pending.tries += 1
        try:
            outcomes = await self._gateway.publish([pending.event for pending in batch], self._call_s())
        except GatewayAwayError as error:
            return str(error)
        except GatewayRefusedError as error:
            self._give_up(batch, str(error))
            return ""
        self._settle(list(zip(batch, outcomes, strict=True)))
        return "the gateway does not take events of this contract for now"

    def _call_s(self) -> float:
        left_s = self._underway[0].overdue_s - asyncio.get_running_loop().time()
        return max(0.1, min(self._config.call_s, left_s))

    def _overdue(self) -> list[Pending]:
        now_s = asyncio.get_running_loop().time()
        return [pending for pending in self._underway if pending.overdue_s <= now_s]

    def _settle(self, outcomes: list[tuple[Pending, Outcome | None]]) -> None:
        self._underway = [pending for pending, outcome in outcomes if outcome is None]
        settled = [(pending, outcome) for pending, outcome in outcomes if outcome is not None]
        rejected = Counter(outcome.reason for _, outcome in settled if isinstance(outcome, Rejected))
        self._stats.accepted += len(settled) - rejected.total()
        self._stats.rejected += rejected.total()
        for reason, events in rejected.items():
            log.warning("event.rejected", contract=self._contract, reason=reason, events=events)
        for pending, outcome in settled:
            if pending.receipt and not pending.receipt.done():
                pending.receipt.set_result(outcome)
        self._release([pending for pending, _ in settled])

    def _give_up(self, pendings: list[Pending], cause: str) -> None:
        if not pendings:
            return
        gone = {id(pending) for pending in pendings}
        self._underway = [pending for pending in self._underway if id(pending) not in gone]
        self._stats.undelivered += len(pendings)
        log.error("event.undelivered", contract=self._contract, events=len(pendings), error=cause)
        for pending in pendings:
            if pending.receipt and not pending.receipt.done():
                pending.receipt.set_exception(UndeliveredError(pending.event.event_id, cause))
                pending.receipt.exception()  # seen: nobody has to ask for a receipt that he was given
        self._release(pendings)

    def _release(self, pendings: list[Pending]) -> None:
        self._settled += len(pendings)
        self._stats.queued -= len(pendings)
        self._room.free(len(pendings), sum(pending.size_bytes for pending in pendings))
        self._progress.set()
        self._progress = asyncio.Event()
