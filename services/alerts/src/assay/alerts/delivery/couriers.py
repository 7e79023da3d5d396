"""The couriers of all channels: they start together, and each goes its own pace."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from assay.alerts.delivery.alertmanager import PATH, Alertmanager
from assay.alerts.delivery.backoff import Backoff
from assay.alerts.delivery.channel import Channel
from assay.alerts.delivery.courier import Courier, Manners
from assay.alerts.delivery.file import File
from assay.alerts.delivery.http import Http
from assay.alerts.delivery.log import Log
from assay.alerts.delivery.notify import START_S, Notifier
from assay.alerts.delivery.settings import (
    AlertmanagerSettings,
    AppriseSettings,
    ChannelSettings,
    FileSettings,
    LogSettings,
    WebhookSettings,
)
from assay.alerts.delivery.signature import read_keys
from assay.alerts.delivery.standing import waiting
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.delivery.webhook import Webhook
from assay.runtime import Clock, TransientError
from assay.telemetry import get_logger, metrics

__all__ = ["Couriers"]

SWEEP_S = 5.0
KEPT_MS = 90 * 86_400_000
STORE_MARGIN_S = 25.0
log = get_logger()


@dataclass(frozen=True, slots=True)
class _Line:
    channel: Channel
    courier: Courier


class Couriers:
    """Opens every channel on entering, and closes them on leaving.

    Raises:
        StartError: on entering, a secret or a file that a channel names can't be read.
    """

    def __init__(
        self,
        settings: Mapping[str, ChannelSettings],
        store: DeliveryStore,
        clock: Clock,
        backoff: Backoff | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._lines: dict[str, _Line] = {}
        self._open = AsyncExitStack()

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by name, to be tried."""
        return {name: line.channel for name, line in self._lines.items()}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            for name, settings in self._settings.items():
                channel = await self._opened(name, settings, opening)
                manners = _manners(settings, self._backoff)
                courier = Courier(name, channel, self._store, self._clock, random.random, manners)
                self._lines[name] = _Line(channel, courier)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def wake(self) -> None:
        """Say that alerts wait."""
        for line in self._lines.values():
            line.courier.wake()

    async def run(self) -> None:
        """Carry alerts until cancelled."""
        await self._known()
        async with asyncio.TaskGroup() as group:
            for line in self._lines.values():
                group.create_task(line.courier.run())
                if isinstance(line.channel, Alertmanager):
                    group.create_task(line.channel.run())
            group.create_task(self._sweep())

    async def _known(self) -> None:
        while True:
            try:
                return await self._store.open(list(self._lines))
            except TransientError as error:
                log.warning("channels.not_opened", error=str(error))
                await asyncio.sleep(1)

    async def _sweep(self) -> None:
        """Count what waits; give up what has waited too long, of channels too that are in the file no more; forget the old."""
        while True:
            try:
                await self._count()
            except TransientError as error:
                log.warning("alerts.not_counted", error=str(error))
            await asyncio.sleep(SWEEP_S)

    async def _count(self) -> None:
        now_ms = self._clock.now_ms()
        stale_ms = now_ms - round((self._backoff.give_up_s + self._backoff.longest_asked_s) * 1_000)
        if given_up := await self._store.give_up_stale(now_ms, stale_ms):
            log.error("alerts.given_up", count=given_up)
        await self._store.forget(now_ms - KEPT_MS)
        found: Mapping[str, int] = await self._store.read(waiting)
        for name in {*self._lines, *found}:
            metrics.ALERTS_WAITING.labels(channel=name).set(found.get(name, 0))

    async def _opened(self, name: str, settings: ChannelSettings, opening: AsyncExitStack) -> Channel:
        match settings:
            case LogSettings():
                return Log()
            case FileSettings():
                return File(settings.path)
            case AppriseSettings():
                url, to_contact = settings.url.value(), settings.to == "contact"
                notifier = Notifier(url, to_contact=to_contact, timeout_s=settings.timeout_s, at_once=settings.at_once)
                return await opening.enter_async_context(notifier)
            case WebhookSettings():
                keys = read_keys(settings.secret.value())
                return Webhook(await opening.enter_async_context(_http(settings)), keys, self._clock)
            case AlertmanagerSettings():
                http = await opening.enter_async_context(_http(settings))
                rounds = {"every_s": settings.every_s, "ends_after_s": settings.ends_after_s}
                return Alertmanager(name, http, self._store, self._clock, **rounds)


def _http(settings: AlertmanagerSettings | WebhookSettings) -> Http:
    address = settings.address(PATH if isinstance(settings, AlertmanagerSettings) else "")
    shows = isinstance(settings, AlertmanagerSettings)
    return Http(address, settings.ca, connect_s=settings.connect_s, timeout_s=settings.timeout_s, shows=shows)


def _manners(settings: ChannelSettings, backoff: Backoff) -> Manners:
    """Chats and mails merge; the time of an attempt here is the channel's own and some more, so that its words are kept."""
    match settings:
        case AppriseSettings():
            timeout_s = settings.timeout_s + START_S + STORE_MARGIN_S
            return Manners(settings.at_once, timeout_s, merges=True, backoff=backoff)
        case WebhookSettings() | AlertmanagerSettings():
            return Manners(settings.at_once, settings.timeout_s + STORE_MARGIN_S, backoff=backoff)
        case FileSettings() | LogSettings():
            return Manners(backoff=backoff)
