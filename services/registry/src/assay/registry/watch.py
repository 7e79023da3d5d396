"""Tells watchers of each version that is published or retired, from any place in the store's history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

from assay.registry.store import ContractStore
from assay.registry.version import PublishedVersion, Token, resume

__all__ = ["Step", "Watch"]


@dataclass(frozen=True, slots=True)
class Step:
    """One message to a watcher; without a version it is a heartbeat."""

    version: PublishedVersion | None
    token: Token
    caught_up: bool


class Watch:
    """Wakes every follower when this process publishes or retires.

    What another process writes to the same store is seen with the next heartbeat.
    """

    def __init__(self, store: ContractStore, heartbeat_s: float = 5.0) -> None:
        self._store = store
        self._heartbeat_s = heartbeat_s
        self._news = asyncio.Event()
        self._closed = False

    def announce(self) -> None:
        """Wake the followers: there is something new."""
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """End every follower, and each that comes later at once."""
        self._closed = True
        self.announce()

    async def follow(self, after: Token) -> AsyncGenerator[Step, None]:
        """Give every version after the token in order, then each new one; a heartbeat at least every `heartbeat_s`."""
        history = await self._store.history()
        revision, caught_up = resume(history, after), False
        while not self._closed:
            news = self._news  # taken before the store is read: a publication in between wakes us at once
            while page := await self._store.since(revision):
                for version in page:
                    revision = version.revision
                    yield Step(version, Token(history.epoch, revision), caught_up)
            caught_up = True
            yield Step(None, Token(history.epoch, revision), caught_up)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_s):
                    await news.wait()
