"""Carries the alerts of one channel, so that a channel that is dead or slow holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assay.alerts.delivery.backoff import Backoff
from assay.alerts.delivery.channel import Channel, DeliveryError, DeliveryRefusedError
from assay.alerts.delivery.store import Claim, Rest
from assay.alerts.plain import plain
from assay.runtime import Clock, TransientError, failpoint
from assay.telemetry import get_logger, metrics

__all__ = ["Courier", "Manners", "Outbox"]

LOOK_S = 1.0
STORE_S = 1.0
LEASE_MARGIN_S = 30.0
MOST_ERROR = 400
log = get_logger()


class Outbox(Protocol):
    """Where alerts wait."""

    async def claim(
        self, channel: str, now_ms: int, lease_ms: int, most: int, *, merges: bool = False
    ) -> list[Claim]: ...

    async def delivered(self, claim: Claim, now_ms: int) -> None: ...

    async def later(self, claim: Claim, error: str, now_ms: int, next_try_ms: int, rest: Rest) -> None: ...

    async def gave_up(self, claim: Claim, error: str, now_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Manners:
    """How a channel is treated.

    `at_once` alerts are under way at a time, one after a failure until one is taken; an attempt ends after `timeout_s`;
    a channel that `merges` is told of the end alone where the firing still waits with it.
    """

    at_once: int = 1
    timeout_s: float = 60.0
    merges: bool = False
    backoff: Backoff = field(default_factory=Backoff)


class Courier:
    """Delivers every alert at least once: one that a kill hit between the channel's yes and our note goes out again.

    No alert is sent by two processes at once: it is claimed for longer than an attempt may take.
    """

    def __init__(
        self, name: str, channel: Channel, outbox: Outbox, clock: Clock, chance: Callable[[], float], manners: Manners
    ) -> None:
        self._name = name
        self._channel = channel
        self._outbox = outbox
        self._clock = clock
        self._chance = chance
        self._manners = manners
        self._failures = 0
        self._carrying = 0
        self._moved = asyncio.Event()

    def wake(self) -> None:
        """Say that an alert waits."""
        self._moved.set()

    async def run(self) -> None:
        """Carry what waits and what comes, until cancelled; a store that fails is tried again."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._moved.clear()
                claims = await self._claims()
                for claim in claims:
                    self._carrying += 1
                    group.create_task(self._carry(claim))
                if not claims:
                    await self._something_moves()

    async def _something_moves(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._moved.wait()
        except TimeoutError:
            return

    async def _claims(self) -> Sequence[Claim]:
        room = (1 if self._failures else self._manners.at_once) - self._carrying
        if room <= 0:
            return []
        lease_ms = round((self._manners.timeout_s + LEASE_MARGIN_S) * 1_000)
        try:
            return await self._outbox.claim(
                self._name, self._clock.now_ms(), lease_ms, room, merges=self._manners.merges
            )
        except TransientError as error:
            log.warning("alerts.not_claimed", channel=self._name, error=str(error))
            return []

    async def _carry(self, claim: Claim) -> None:
        try:
            outcome = await self._try(claim)
            if outcome is None:
                failpoint("alerts.sent")
            await self._note(claim, outcome)
        finally:
            self._carrying -= 1
            self._moved.set()

    async def _try(self, claim: Claim) -> DeliveryError | DeliveryRefusedError | None:
        """Send an alert; return what went wrong."""
        try:
            async with asyncio.timeout(self._manners.timeout_s):
                await self._channel.send(claim.delivery)
        except (DeliveryError, DeliveryRefusedError) as error:
            return error
        except TimeoutError:
            return DeliveryError(f"it took longer than {self._manners.timeout_s:g} s")
        except TransientError as error:
            return DeliveryError(str(error))
        except Exception as error:  # noqa: BLE001 -- the rim of the task: a channel that fails unforeseen stops no other
            log.error("alert.failed", channel=self._name, key=claim.delivery.key, error=type(error).__name__)  # noqa: TRY400 -- a trace may name the address
            return DeliveryError(f"the channel failed with {type(error).__name__}")
        return None

    async def _note(self, claim: Claim, outcome: DeliveryError | DeliveryRefusedError | None) -> None:
        """Keep what became of it, however long the store is away: until then nobody else claims it, or it goes twice."""
        while True:
            try:
                await self._settle(claim, outcome)
            except TransientError as error:
                log.warning("alert.not_settled", channel=self._name, error=str(error))
                await asyncio.sleep(STORE_S)
            else:
                return

    async def _settle(self, claim: Claim, outcome: DeliveryError | DeliveryRefusedError | None) -> None:
        if outcome is None:
            await self._outbox.delivered(claim, self._clock.now_ms())
            self._failures = 0
            metrics.ALERTS_DELIVERED.labels(channel=self._name, state=claim.delivery.state).inc()
            log.info("alert.delivered", channel=self._name, key=claim.delivery.key, attempts=claim.attempts + 1)
        elif isinstance(outcome, DeliveryRefusedError):
            await self._give_up(claim, str(outcome), "refused")
        else:
            await self._put_back(claim, outcome)

    async def _put_back(self, claim: Claim, error: DeliveryError) -> None:
        """Try again later, or not at all where it would be too old by then. The channel rests as well."""
        now_ms, backoff = self._clock.now_ms(), self._manners.backoff
        wait_s = backoff.wait_s(claim.attempts + 1, self._chance(), error.retry_after_s)
        next_try_ms = now_ms + round(wait_s * 1_000)
        if backoff.is_over(claim.created_ms, next_try_ms):
            days = f"{backoff.give_up_s / 86_400:g} days"
            await self._give_up(claim, f"given up after {days}: {error}", "expired")
            return
        rest_s = backoff.rest_s(self._failures + 1, self._chance(), error.retry_after_s)
        rest = Rest(self._failures + 1, now_ms + round(rest_s * 1_000))
        said = plain(str(error), MOST_ERROR)
        await self._outbox.later(claim, said, now_ms, next_try_ms, rest)
        self._failures += 1
        metrics.ALERTS_FAILED.labels(channel=self._name, outcome="later").inc()
        log.warning("alert.delayed", channel=self._name, key=claim.delivery.key, error=said, wait_s=round(wait_s, 1))

    async def _give_up(self, claim: Claim, why: str, outcome: str) -> None:
        said = plain(why, MOST_ERROR)
        await self._outbox.gave_up(claim, said, self._clock.now_ms())
        metrics.ALERTS_FAILED.labels(channel=self._name, outcome=outcome).inc()
        log.error("alert.given_up", channel=self._name, key=claim.delivery.key, error=said)
