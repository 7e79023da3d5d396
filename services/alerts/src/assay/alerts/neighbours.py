"""What other processes over the same store make of breaches, passed on to who watches here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from assay.alerts import breach_rows
from assay.alerts.breaches import Breach
from assay.alerts.watchers import Watchers
from assay.runtime.database import Database, StoreAwayError
from assay.telemetry import get_logger

__all__ = ["Neighbours"]


class Neighbours:
    """Looks at the open breaches again and again; who watches is told of what changed, whichever process changed it."""

    def __init__(self, database: Database, watchers: Watchers, every_s: float) -> None:
        self._database = database
        self._watchers = watchers
        self._every_s = every_s
        self._open: Mapping[str, Breach] | None = None

    async def run(self) -> None:
        """Look until cancelled; a store that is away is asked again."""
        while True:
            try:
                await self.look()
            except StoreAwayError as error:
                get_logger().warning("breaches.unwatched", error=str(error))
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Tell of what changed since the look before this one; the first tells of nothing.

        Raises:
            StoreAwayError: the store does not answer.
        """
        found = {each.id: each for each in await self._database.run(breach_rows.open_ones)}
        before = self._open if self._open is not None else found
        changed = [each for name, each in found.items() if before.get(name) != each]
        over = [await self._database.run(partial(breach_rows.find, breach=name)) for name in before.keys() - found]
        self._open = found
        for breach in (*changed, *over):
            if breach is not None:
                self._watchers.tell(breach)
