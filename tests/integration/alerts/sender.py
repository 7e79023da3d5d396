"""A process that carries alerts, to be killed: `python -m tests.integration.alerts.sender STORE MEMBER CHANNELS`."""

from __future__ import annotations

import asyncio
import json
import sys

from pydantic import TypeAdapter

from assay.alerts.delivery.backoff import Backoff
from assay.alerts.delivery.couriers import Couriers
from assay.alerts.delivery.settings import ChannelSettings
from assay.alerts.delivery.store import DeliveryStore
from assay.alerts.schema import SCHEMA
from assay.runtime.clock import SystemClock
from assay.runtime.database import Database

SETTINGS: TypeAdapter[dict[str, ChannelSettings]] = TypeAdapter(dict[str, ChannelSettings])
QUICK = Backoff(first_s=0.02, longest_s=0.2, longest_rest_s=0.1, give_up_s=1e12)


async def carry(url: str, member: str, channels: object) -> None:
    """Carry until killed."""
    async with Database(url, "ASSAY_ALERTS_STORE", SCHEMA) as database:
        store = DeliveryStore(database, member)
        async with Couriers(SETTINGS.validate_python(channels), store, SystemClock(), QUICK) as couriers:
            await couriers.run()


if __name__ == "__main__":
    asyncio.run(carry(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
