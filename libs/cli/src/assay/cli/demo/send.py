"""Sends the source: flights as an app would, through SDK and gateway; planes as Debezium would, to Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from assay.cli.errors import CommandError
from assay.client import Producer
from assay.examples.flights import Departure, PlaneChange
from assay.streaming import Outgoing, Publisher
from assay.telemetry.trace import span

__all__ = ["send_changes", "send_departures"]

_SHOW_EVERY = 250
_CHUNK = 1_000


async def send_departures(gateway: str, contract: str, rows: Iterable[Departure], moved: Callable[[int], None]) -> None:
    """Emit every row inside a trace of its own; return once the broker has them all.

    Raises:
        CommandError: the gateway refused some, or did not answer for them in time.
    """
    async with Producer(gateway) as producer:
        for number, row in enumerate(rows):
            with span("demo/emit"):
                await producer.emit(contract, row.record, key=row.key)
            if number % _SHOW_EVERY == 0:
                moved(producer.stats().accepted)
        await producer.flush()
        stats = producer.stats()
    moved(stats.accepted)
    if stats.rejected or stats.undelivered:
        raise CommandError(f"{stats.rejected:,} flights were rejected and {stats.undelivered:,} not delivered")


async def send_changes(broker: str, topic: str, changes: Sequence[PlaneChange]) -> None:
    """Write the change events to their raw topic, in order by key.

    Raises:
        BrokerError: the broker did not take them.
    """
    async with Publisher(broker) as publisher:
        for start in range(0, len(changes), _CHUNK):
            chunk = changes[start : start + _CHUNK]
            await publisher.publish([Outgoing(topic, None, change.key, change.value) for change in chunk])
