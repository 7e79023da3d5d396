"""Which broker a run gets: the real one where it can be had, the development broker with a warning elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from assay.testkit.brokers.broker import Broker
from assay.testkit.brokers.embedded import BANNER, embedded_broker
from assay.testkit.brokers.kafka import kafka_broker
from assay.testkit.clients import answers
from assay.testkit.errors import BrokerUnavailableError, TestkitError

__all__ = ["open_broker"]

Say = Callable[[str], None]


@contextlib.asynccontextmanager
async def open_broker(choice: str, data: Path, say: Say) -> AsyncIterator[Broker]:
    """A broker that answers, as chosen: `auto`, `kafka`, `embedded` or `HOST:PORT`; ours is stopped on exit.

    `auto` is Apache Kafka where Java and its jars are, or can be fetched; else, after one line that says
    why not, the development broker. `say` gets lines for people.

    Raises:
        BrokerUnavailableError: the chosen broker cannot be had here, with the reason.
        TestkitError: it was started and failed, with the tail of its log.
    """
    async with contextlib.AsyncExitStack() as stack:
        yield await _opened(choice, data, say, stack)


async def _opened(choice: str, data: Path, say: Say, stack: contextlib.AsyncExitStack) -> Broker:
    match choice:
        case "kafka":
            return await stack.enter_async_context(kafka_broker(data / "kafka", say))
        case "embedded":
            return await _embedded(data, say, stack)
        case "auto":
            try:
                return await stack.enter_async_context(kafka_broker(data / "kafka", say))
            except TestkitError as error:
                say(f"{error}; using the development broker")
            return await _embedded(data, say, stack)
        case _:
            return await _external(choice)


async def _embedded(data: Path, say: Say, stack: contextlib.AsyncExitStack) -> Broker:
    broker = await stack.enter_async_context(embedded_broker(data / "embedded"))
    say(BANNER)
    return broker


async def _external(address: str) -> Broker:
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal()):
        raise BrokerUnavailableError(address, "choose auto, kafka, embedded or HOST:PORT")
    if not await answers(address):
        raise BrokerUnavailableError("external", f"nothing that speaks Kafka answers at {address}")
    return Broker("external", address)
