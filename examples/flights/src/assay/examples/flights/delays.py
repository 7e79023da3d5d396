"""A derivative: long delays, made of validated departures and given to a contract of their own.

Each record's trace goes on, and its event id is the place of what it was made of: read twice, it counts once.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from assay.client import Producer
from assay.telemetry.trace import span

__all__ = ["derive", "long_delays"]

FIELDS = ("carrier", "flight", "scheduled_departure", "dep_delay")


def long_delays(departure: dict[str, object]) -> dict[str, object] | None:
    """The long delay that a departure is; None if it is none."""
    delay = departure.get("dep_delay")
    return {name: departure[name] for name in FIELDS} if isinstance(delay, int) and delay >= 60 else None


async def derive(broker: str, gateway: str, source: str, contract: str, group: str) -> None:
    """Make long delays of the departures on a topic until cancelled; a position is kept once all before it is settled."""
    settings = {"group_id": group, "isolation_level": "read_committed", "auto_offset_reset": "earliest"}
    departures = AIOKafkaConsumer(source, bootstrap_servers=broker, enable_auto_commit=False, **settings)
    async with Producer(gateway) as producer, departures:
        while True:
            for records in (await departures.getmany(timeout_ms=500)).values():
                for record in records:
                    if delay := long_delays(json.loads(record.value)):
                        with span("delays/derive", parent=_traceparent(record)):
                            await producer.emit(contract, delay, record.key, _place(record))
            await producer.flush()
            await departures.commit()


def _traceparent(record: ConsumerRecord[bytes, bytes]) -> str:
    return next((value.decode() for name, value in record.headers if name == "traceparent"), "")


def _place(record: ConsumerRecord[bytes, bytes]) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


if __name__ == "__main__":
    kafka, door = sys.argv[1:3]
    asyncio.run(derive(kafka, door, "flights.validated", "long-delays", "long-delays"))
