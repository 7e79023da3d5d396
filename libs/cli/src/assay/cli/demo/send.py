"""Sends the source: flights as an app would, and beside them what the delay model answers; planes as Debezium would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assay.cli.demo.delays import Delays
from assay.cli.errors import CommandError
from assay.client import Predictions, Producer, Setting
from assay.examples.flights import Departure, PlaneChange
from assay.examples.flights.desk import Desk
from assay.streaming import Outgoing, Publisher
from assay.telemetry.trace import span

__all__ = ["Answered", "send_changes", "send_departures"]

_SHOW_EVERY = 250
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What the delay model said to each question, and how many flights it was told the truth about."""

    scores: Sequence[float] = ()
    labelled: int = 0


async def send_departures(
    gateway: str,
    contract: str,
    rows: Iterable[Departure],
    delays: Delays,
    setting: Setting,
    moved: Callable[[int], None],
) -> Answered:
    """Emit every row inside a trace of its own, and the model's answer to its question; return once the broker has all.

    A flight and its question go in the order of event time, and a label when the flight has landed by then.

    Raises:
        CommandError: the gateway refused some, or did not answer for them in time.
    """
    number = 0
    async with Producer(gateway) as producer, Predictions(producer, setting) as log:
        desk = Desk(log, delays.model)
        for number, (row, question) in enumerate(zip(rows, delays.by_departure(), strict=True), start=1):
            with span("demo/emit"):
                await producer.emit(contract, row.record, key=row.key)
            if question is not None:
                await desk.ask(question)
            if number % _SHOW_EVERY == 0:
                moved(number)
        await desk.close()
        await log.flush()
        stats = producer.stats()
    moved(number)
    if stats.rejected or stats.undelivered:
        raise CommandError(f"{stats.rejected:,} records were rejected and {stats.undelivered:,} not delivered")
    return Answered(tuple(desk.scores), desk.labelled)


async def send_changes(broker: str, topic: str, changes: Sequence[PlaneChange]) -> None:
    """Write the change events to their raw topic, in order by key.

    Raises:
        BrokerError: the broker did not take them.
    """
    async with Publisher(broker) as publisher:
        for start in range(0, len(changes), _CHUNK):
            chunk = changes[start : start + _CHUNK]
            await publisher.publish([Outgoing(topic, None, change.key, change.value) for change in chunk])
