"""Transactions: all or nothing, hidden while open, and fenced when their producer has a successor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, InvalidProducerEpoch, KafkaError, ProducerFenced

from assay.testkit.clients import consuming, create_topic, producing, read_all

Names = Callable[[str], str]
FENCED = (ProducerFenced, InvalidProducerEpoch)


async def test_committed_transaction_is_read(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("out"), partitions=2)
    async with producing(bootstrap, unique("writer")) as producer, producer.transaction():
        await _write(producer, topic, b"a", partition=0)
        await _write(producer, topic, b"b", partition=1)
    await _finished(bootstrap, unique("writer"))
    assert await _values(bootstrap, topic) == [b"a", b"b"]


async def test_aborted_transaction_is_never_read(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("out"))
    async with producing(bootstrap, unique("writer")) as producer:
        await producer.begin_transaction()
        await _write(producer, topic, b"aborted")
        await producer.abort_transaction()
        async with producer.transaction():
            await _write(producer, topic, b"kept")
    await _finished(bootstrap, unique("writer"))
    assert await _values(bootstrap, topic) == [b"kept"]
    assert await _values(bootstrap, topic, isolation="read_uncommitted") == [b"aborted", b"kept"]


async def test_marker_leaves_a_hole_in_the_offsets(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("out"))
    async with producing(bootstrap, unique("writer")) as producer:
        for value in (b"a", b"b"):
            async with producer.transaction():
                await _write(producer, topic, value)
    await _finished(bootstrap, unique("writer"))
    assert [record.offset for record in await read_all(bootstrap, topic)] == [0, 2]
    async with consuming(bootstrap) as consumer:
        partition = TopicPartition(topic, 0)
        assert await consumer.end_offsets([partition]) == {partition: 4}


async def test_open_transaction_is_hidden_and_holds_back_what_follows(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("out"))
    partition = TopicPartition(topic, 0)
    async with producing(bootstrap, unique("writer")) as slow, producing(bootstrap) as other:
        await other.send_and_wait(topic, b"before", partition=0)
        await slow.begin_transaction()
        await _write(slow, topic, b"open")
        await other.send_and_wait(topic, b"after", partition=0)
        async with consuming(bootstrap) as consumer:
            assert await consumer.end_offsets([partition]) == {partition: 1}
        assert await _values(bootstrap, topic) == [b"before"]
        await slow.commit_transaction()
    await _finished(bootstrap, unique("writer"))
    assert await _values(bootstrap, topic) == [b"before", b"open", b"after"]


async def test_offsets_of_a_committed_transaction_move_the_group(bootstrap: str, unique: Names) -> None:
    source, group = await create_topic(bootstrap, unique("in")), unique("group")
    async with producing(bootstrap, unique("writer")) as producer, producer.transaction():
        await producer.send_offsets_to_transaction({TopicPartition(source, 0): 7}, group)
    await _finished(bootstrap, unique("writer"))
    assert await _committed(bootstrap, group, source) == 7


async def test_offsets_of_an_aborted_transaction_stay_where_they_were(bootstrap: str, unique: Names) -> None:
    source, group = await create_topic(bootstrap, unique("in")), unique("group")
    async with producing(bootstrap, unique("writer")) as producer:
        async with producer.transaction():
            await producer.send_offsets_to_transaction({TopicPartition(source, 0): 3}, group)
        await producer.begin_transaction()
        await producer.send_offsets_to_transaction({TopicPartition(source, 0): 9}, group)
        await producer.abort_transaction()
    await _finished(bootstrap, unique("writer"))
    assert await _committed(bootstrap, group, source) == 3


async def test_successor_sees_the_offsets_of_the_last_commit_every_time(bootstrap: str, unique: Names) -> None:
    source, group = await create_topic(bootstrap, unique("in")), unique("group")
    seen = []
    for offset in range(1, 21):
        async with producing(bootstrap, unique("writer")) as producer, producer.transaction():
            await producer.send_offsets_to_transaction({TopicPartition(source, 0): offset}, group)
        async with producing(bootstrap, unique("writer")):
            seen.append(await _committed(bootstrap, group, source))
    assert seen == list(range(1, 21))


async def test_successor_fences_the_producer_before_it(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("out"))
    async with _abandoned(bootstrap, unique("writer")) as zombie, producing(bootstrap, unique("writer")) as successor:
        async with successor.transaction():
            await _write(successor, topic, b"successor")
        with pytest.raises(FENCED):
            async with zombie.transaction():
                await _write(zombie, topic, b"zombie")
    await _finished(bootstrap, unique("writer"))
    assert await _values(bootstrap, topic) == [b"successor"]


async def test_start_of_a_successor_aborts_the_open_transaction(bootstrap: str, unique: Names) -> None:
    topic, source, group = await create_topic(bootstrap, unique("out")), unique("in"), unique("group")
    await create_topic(bootstrap, source)
    async with _abandoned(bootstrap, unique("writer")) as zombie:
        await zombie.begin_transaction()
        await _write(zombie, topic, b"zombie")
        await zombie.send_offsets_to_transaction({TopicPartition(source, 0): 5}, group)
        async with producing(bootstrap, unique("writer")) as successor:
            assert await _committed(bootstrap, group, source) is None
            with pytest.raises(FENCED):
                await zombie.commit_transaction()
            async with successor.transaction():
                await _write(successor, topic, b"successor")
    await _finished(bootstrap, unique("writer"))
    assert await _values(bootstrap, topic) == [b"successor"]


async def test_woken_producer_cannot_move_the_offsets_of_its_successor(bootstrap: str, unique: Names) -> None:
    source, group = await create_topic(bootstrap, unique("in")), unique("group")
    async with _abandoned(bootstrap, unique("writer")) as zombie:
        await zombie.begin_transaction()
        async with producing(bootstrap, unique("writer")) as successor:
            async with successor.transaction():
                await successor.send_offsets_to_transaction({TopicPartition(source, 0): 10}, group)
            with pytest.raises(FENCED):
                await zombie.send_offsets_to_transaction({TopicPartition(source, 0): 2}, group)
    await _finished(bootstrap, unique("writer"))
    assert await _committed(bootstrap, group, source) == 10


async def test_two_producers_of_different_ids_do_not_fence_each_other(bootstrap: str, unique: Names) -> None:
    topic = await create_topic(bootstrap, unique("out"), partitions=2)
    async with (
        producing(bootstrap, unique("left")) as left,
        producing(bootstrap, unique("right")) as right,
        left.transaction(),
        right.transaction(),
    ):
        await _write(left, topic, b"left", partition=0)
        await _write(right, topic, b"right", partition=1)
    await _finished(bootstrap, unique("left"))
    await _finished(bootstrap, unique("right"))
    assert await _values(bootstrap, topic) == [b"left", b"right"]


async def _write(producer: AIOKafkaProducer, topic: str, value: bytes, partition: int = 0) -> None:
    await producer.send_and_wait(topic, value, partition=partition)


async def _finished(bootstrap: str, transactional_id: str) -> None:
    """Return once the last transaction of the id is finished.

    A commit answers before its markers are written, and a reader of that moment sees the topic end earlier;
    the start of a successor waits for the markers.
    """
    async with producing(bootstrap, transactional_id):
        pass


async def _values(bootstrap: str, topic: str, isolation: str = "read_committed") -> list[bytes]:
    return [record.value for record in await read_all(bootstrap, topic, isolation=isolation)]


async def _committed(bootstrap: str, group: str, topic: str) -> int | None:
    async with consuming(bootstrap, group=group, member="reader") as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        offset: int | None = await consumer.committed(partition)
        return offset


class _abandoned:  # noqa: N801 -- reads as a verb where it is used
    """A producer that will be fenced: its stop may fail, and that is not the claim."""

    def __init__(self, bootstrap: str, transactional_id: str) -> None:
        self._opening = producing(bootstrap, transactional_id)

    async def __aenter__(self) -> AIOKafkaProducer:
        return await self._opening.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        with contextlib.suppress(KafkaError, IllegalOperation):
            await self._opening.__aexit__(None, None, None)
