"""Control topics on Faust: one agent a topic, one record at a time, nothing committed that was not handled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import StreamT, TopicT
from faust.types.transports import TPorTopicSet

from assay.runtime import AssayError
from assay.streaming import kafka

__all__ = ["ControlApp", "ControlError", "Handler"]

Handler = Callable[[bytes | None, bytes], Awaitable[None]]

COMMIT_INTERVAL_S = 0.2
SESSION_S = 20.0
METADATA_AGE_MS = 5_000  # how soon a topic is seen that was made after the start
START_S = 60.0
STOP_S = 20.0


class ControlError(AssayError):
    """Faust stopped by itself; records that were not handled will come again."""

    def __init__(self, name: str, cause: object) -> None:
        super().__init__(f"{name} stopped taking control messages: {cause}")


class ControlApp:
    """Hands every record of some low-rate topics to a handler, at least once and in order, read_committed.

    A record is acknowledged when its handler returned. What a handler raises ends `watch` with that error, and the
    record comes again in the next process, as does a record whose handler was cancelled. The group reads from the
    earliest record.

    Args:
        broker: host:port.
        name: the group is `assay.<name>`.
        handlers: topic name to handler; key and value as bytes, an absent value is empty.
        member: makes the membership static, so that a restart takes over at once; of one name there may be one process.

    Raises:
        BrokerUnreachableError: on entering, when no broker answers.
    """

    def __init__(self, broker: str, name: str, handlers: Mapping[str, Handler], *, member: str = "") -> None:
        self._broker = broker
        self._group = f"assay.{name}"
        self._handlers = handlers
        self._member = member

    async def __aenter__(self) -> Self:
        async with kafka.admin(self._broker):
            pass  # Faust would wait for a broker without an end and without a word
        self._app = self._build()
        try:
            async with asyncio.timeout(START_S):
                await self._app.start()
        except BaseException:
            await self._app.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with asyncio.timeout(STOP_S):
            await self._app.stop()

    async def watch(self) -> None:
        """Run until cancelled.

        Raises:
            ControlError: Faust crashed.
            Exception: what a handler raised, as it was.
        """
        await self._app.wait()
        raise self._app.failure or ControlError(self._group, self._app.crash_reason)

    def _build(self) -> _App:
        app = _App(
            self._group,
            broker=f"kafka://{self._broker}",
            autodiscover=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            store="memory://",
            value_serializer="raw",
            key_serializer="raw",
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=self._member or None,
            consumer_metadata_max_age_ms=METADATA_AGE_MS,
            broker_commit_interval=COMMIT_INTERVAL_S,
            broker_session_timeout=SESSION_S,
            stream_wait_empty=False,  # a handler that hangs would keep the process from ending; its record comes again
        )
        app.transport = _Transport(app.conf.broker_consumer, app)
        for topic, handler in self._handlers.items():
            agent = _Agent(app, handler)
            app.agent(_bytes(app, topic), name=f"{self._group}.{topic}", concurrency=1)(agent.run)
        app.finalize()
        return app


def _bytes(app: faust.App, topic: str) -> TopicT:
    return app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


class _App(faust.App):
    """Knows that a record was left unhandled; from then on nothing is committed."""

    failure: BaseException | None = None
    commits = True

    def _create_directories(self) -> None:
        """Make none: there are no tables."""

    async def fail(self, error: BaseException) -> None:
        """End the app because of a handler."""
        self.failure = error
        await self.crash(error)


class _Agent:
    """The body of an agent. It never raises: Faust acknowledges a record whose agent raised."""

    def __init__(self, app: _App, handler: Handler) -> None:
        self._app = app
        self._handler = handler

    async def run(self, stream: StreamT[bytes]) -> None:
        """Handle records until cancelled."""
        async for event in stream.events():
            try:
                await self._handler(event.message.key, event.message.value or b"")
            except asyncio.CancelledError:
                self._app.commits = False
                raise
            except Exception as error:  # noqa: BLE001 -- the rim of the task loop: watch() raises it
                self._app.commits = False
                await self._app.fail(error)
                return


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """Reads committed records only; Faust has that for its own transactions alone."""

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 -- held by tests/conformance/faust
        return consumer


class _Consumer(driver.Consumer):
    """Commits nothing once a record was left unhandled: Faust's stream acknowledges it all the same."""

    app: _App

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def force_commit(self, topics: TPorTopicSet | None = None, start_new_transaction: bool = True) -> bool:
        if not self.app.commits:
            return False
        committed: bool = await super().force_commit(topics, start_new_transaction=start_new_transaction)
        return committed


class _Transport(driver.Transport):
    Consumer = _Consumer
