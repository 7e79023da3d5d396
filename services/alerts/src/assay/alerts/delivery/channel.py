"""What every way to people has in common, and how it fails."""

from __future__ import annotations

from typing import Protocol

from assay.alerts.delivery.delivery import Delivery
from assay.alerts.errors import AlertsError
from assay.runtime import TransientError

__all__ = ["Channel", "DeliveryError", "DeliveryRefusedError"]


class Channel(Protocol):
    """A way to people. One that was sent before may be sent again: it carries its key."""

    async def send(self, delivery: Delivery) -> None:
        """Return once the other side has taken the alert.

        Raises:
            DeliveryError: it was not taken, and may be at another try.
            DeliveryRefusedError: it was not taken, and never will be.
        """
        ...


class DeliveryError(AlertsError, TransientError):
    """An alert was not taken now; it is tried again, not before `retry_after_s` where the other side asked for that.

    The message names no secret and no address that holds one.
    """

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class DeliveryRefusedError(AlertsError):
    """An alert was refused for good: to send the same again would end the same. The message names no secret."""
