"""What people do, written to the audit; it is done once the index has read it there."""

from __future__ import annotations

import asyncio
from typing import Protocol

from assay.api.recovery.v1.run_pb2 import Action
from assay.recovery.errors import IndexBehindError
from assay.streaming import Outgoing, Publisher
from assay.streaming.topics import AUDIT

__all__ = ["Actions", "Audit"]

FOLDED_S = 15.0
LOOK_S = 0.05


class Audit(Protocol):
    """Knows which actions the index has read."""

    async def has_action(self, action: str) -> bool: ...


class Actions:
    """Publishes actions. Their ids are the caller's: the same one, published again, is the same action."""

    def __init__(self, publisher: Publisher, audit: Audit, within_s: float = FOLDED_S) -> None:
        self._publisher = publisher
        self._audit = audit
        self._within_s = within_s

    async def publish(self, action: Action) -> None:
        """Write an action; return once the index shows it.

        Raises:
            IndexBehindError: it is written, but the index did not read it in time.
            BrokerError: it is not known whether it is written; the same call again settles that.
            StoreAwayError: the index does not answer.
        """
        key, value = action.contract.encode(), action.SerializeToString()
        await self._publisher.publish([Outgoing(AUDIT, None, key, value, (), action.at_ms)])
        try:
            async with asyncio.timeout(self._within_s):
                while not await self._audit.has_action(action.id):  # noqa: ASYNC110 -- another process may write it
                    await asyncio.sleep(LOOK_S)
        except TimeoutError as error:
            raise IndexBehindError(action.id, self._within_s) from error
