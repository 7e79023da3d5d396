"""A channel to the log of the service."""

from __future__ import annotations

from assay.alerts.breaches import State
from assay.alerts.delivery.delivery import Delivery
from assay.alerts.messages.text import text
from assay.telemetry import get_logger

__all__ = ["Log"]

log = get_logger()


class Log:
    """Writes one line an alert: a warning where it fires."""

    async def send(self, delivery: Delivery) -> None:
        say = log.warning if delivery.state is State.FIRING else log.info
        told = [recipient.id for recipient in delivery.recipients]
        say("alert.told", key=delivery.key, recipients=told, text=text(delivery.message))
