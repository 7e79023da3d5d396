"""What Assay relies on in Faust, held to the pinned version on a real broker."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from assay.streaming import Outgoing, Publisher
from assay.streaming.control import ControlApp, Handler
from assay.streaming.topics import TopicSpec, apply_topics
from assay.testkit import Broker

WAIT_S = 30.0


class Heard:
    """A handler that keeps what it was given, and may be told to fail."""

    def __init__(self, fail_on: bytes | None = None) -> None:
        self.values: list[bytes] = []
        self._fail_on = fail_on
        self._news = asyncio.Condition()

    async def take(self, _key: bytes | None, value: bytes) -> None:
        if value == self._fail_on:
            raise LookupError(value)
        async with self._news:
            self.values.append(value)
            self._news.notify_all()

    async def until(self, value: bytes) -> list[bytes]:
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: value in self.values)
        return self.values


@pytest.fixture
def topic(unique: Callable[[str], str]) -> str:
    return unique("control")


@asynccontextmanager
async def serving(broker: Broker, topic: str, handler: Handler) -> AsyncIterator[None]:
    async with (
        ControlApp(broker.bootstrap, topic, {topic: handler}, member=topic) as control,
        asyncio.TaskGroup() as group,
    ):
        watching = group.create_task(control.watch())
        yield
        watching.cancel()


async def write(broker: Broker, topic: str, *values: bytes) -> None:
    await apply_topics(broker.bootstrap, [TopicSpec(topic, 1)])
    async with Publisher(broker.bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, 0, b"k", value) for value in values])


def test_faust_is_the_version_that_was_tried() -> None:
    assert importlib.metadata.version("faust-streaming") == "0.15.3"


async def test_handled_record_does_not_come_again(broker: Broker, topic: str) -> None:
    await write(broker, topic, b"1", b"2")
    first, second = Heard(), Heard()
    async with serving(broker, topic, first.take):
        await first.until(b"2")
    await write(broker, topic, b"3")
    async with serving(broker, topic, second.take):
        assert await second.until(b"3") == [b"3"]


async def test_record_whose_handler_raised_comes_again(broker: Broker, topic: str) -> None:
    await write(broker, topic, b"1", b"2", b"3")
    second = Heard()
    with pytest.raises(ExceptionGroup) as failed:
        async with serving(broker, topic, Heard(fail_on=b"2").take):
            await asyncio.Event().wait()
    async with serving(broker, topic, second.take):
        assert await second.until(b"3") in ([b"2", b"3"], [b"1", b"2", b"3"])
    assert failed.group_contains(LookupError)


async def test_record_whose_handler_was_cancelled_comes_again(broker: Broker, topic: str) -> None:
    await write(broker, topic, b"1")
    taken, second = asyncio.Event(), Heard()

    async def hang(_key: bytes | None, _value: bytes) -> None:
        taken.set()
        await asyncio.Event().wait()

    async with serving(broker, topic, hang):
        await taken.wait()
    async with serving(broker, topic, second.take):
        assert await second.until(b"1") == [b"1"]


async def test_records_are_handled_one_after_the_other(broker: Broker, topic: str) -> None:
    await write(broker, topic, *(b"%d" % number for number in range(20)))
    heard, inside = Heard(), 0

    async def take(key: bytes | None, value: bytes) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        await asyncio.sleep(0)
        await heard.take(key, value)
        inside -= 1

    async with serving(broker, topic, take):
        assert await heard.until(b"19") == [b"%d" % number for number in range(20)]


async def test_aborted_record_is_not_handled(broker: Broker, topic: str) -> None:
    await write(broker, topic, b"1")
    await in_transaction(broker, topic, b"aborted", abort=True)
    await in_transaction(broker, topic, b"2", abort=False)
    heard = Heard()
    async with serving(broker, topic, heard.take):
        assert await heard.until(b"2") == [b"1", b"2"]


async def test_commit_passes_the_holes_that_transaction_markers_leave(broker: Broker, topic: str) -> None:
    await write(broker, topic, b"1")
    await in_transaction(broker, topic, b"2", abort=False)
    await write(broker, topic, b"3")
    first, second = Heard(), Heard()
    async with serving(broker, topic, first.take):
        await first.until(b"3")
    await write(broker, topic, b"4")
    async with serving(broker, topic, second.take):
        assert await second.until(b"4") == [b"4"]


async def test_topic_made_after_the_start_is_read(broker: Broker, topic: str) -> None:
    heard = Heard()
    async with serving(broker, topic, heard.take):
        await write(broker, topic, b"1")
        assert await heard.until(b"1") == [b"1"]


async def test_absent_value_is_handled_as_empty(broker: Broker, topic: str) -> None:
    await apply_topics(broker.bootstrap, [TopicSpec(topic, 1)])
    async with Publisher(broker.bootstrap) as publisher:
        await publisher.publish([Outgoing(topic, 0, b"k", None), Outgoing(topic, 0, b"k", b"1")])
    heard = Heard()
    async with serving(broker, topic, heard.take):
        assert await heard.until(b"1") == [b"", b"1"]


async def test_nothing_is_left_in_the_working_folder(
    broker: Broker, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await write(broker, topic, b"1")
    heard = Heard()
    async with serving(broker, topic, heard.take):
        await heard.until(b"1")
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 -- one look


async def in_transaction(broker: Broker, topic: str, value: bytes, *, abort: bool) -> None:
    end: dict[bool, Callable[[AIOKafkaProducer], Awaitable[None]]] = {
        True: AIOKafkaProducer.abort_transaction,
        False: AIOKafkaProducer.commit_transaction,
    }
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=f"test-{topic}")
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, value, partition=0)
        await end[abort](producer)
    finally:
        await producer.stop()
