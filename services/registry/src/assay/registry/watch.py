"""Tells watchers of each version that is published, deprecated or retired, from any place in the store's history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from assay.registry.store import ContractStore
from assay.registry.version import History, PublishedVersion, Token, resume

__all__ = ["Step", "Watch"]


@dataclass(frozen=True, slots=True)
class Step:
    """One message to a watcher; without a version it is a heartbeat."""

    version: PublishedVersion | None
    token: Token
    caught_up: bool


class Watch:
    """Wakes every follower when this process publishes or retires (`announce`), and when any process did (`see`)."""

    def __init__(self, store: ContractStore, heartbeat_s: float = 5.0) -> None:
        self._store = store
        self._heartbeat_s = heartbeat_s
        self._news = asyncio.Event()
        self._seen: History | None = None
        self._closed = False

    def announce(self) -> None:
        """Wake the followers: there is something new."""
        self._news.set()
        self._news = asyncio.Event()

    def see(self, history: History) -> None:
        """Take note of how far the store got; wake the followers where that is new."""
        before, self._seen = self._seen, history
        if before != history:
            self.announce()

    def close(self) -> None:
        """End every follower, and each that comes later at once."""
        self._closed = True
        self.announce()

    async def follow(self, after: Token) -> AsyncGenerator[Step, None]:
        """Give every version after the token in order, then each new one; a heartbeat at least every `heartbeat_s`.

        Ends when the store becomes another (a backup was restored into it): who comes again hears all of that one.
        """
        history = await self._store.history()
        revision, caught_up, is_silent = resume(history, after), False, True
        while not self._closed and not self._is_another(history):
            news = self._news  # taken before the store is read: a publication in between wakes us at once
            while page := await self._store.since(revision):
                for version in page:
                    revision, is_silent = version.revision, True
                    yield Step(version, Token(history.epoch, revision), caught_up)
            caught_up = True
            if is_silent:
                yield Step(None, Token(history.epoch, revision), caught_up)
            is_silent = not await self._woken(news)

    def _is_another(self, history: History) -> bool:
        return self._seen is not None and self._seen.epoch != history.epoch

    async def _woken(self, news: asyncio.Event) -> bool:
        """Whether there was news before the next heartbeat is due."""
        try:
            async with asyncio.timeout(self._heartbeat_s):
                await news.wait()
        except TimeoutError:
            return False
        return True
