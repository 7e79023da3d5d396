"""The one place that builds Kafka clients, with the settings that every part of Assay shares."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.producer import sender
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from assay.streaming import coordination, fetched
from assay.streaming.errors import BrokerError, BrokerUnreachableError, GroupLostError

__all__ = [
    "BATCH_BYTES",
    "FETCH_BYTES",
    "FETCH_WAIT_MS",
    "REQUEST_S",
    "abandon",
    "admin",
    "all_committed",
    "check_group",
    "committed",
    "consumer",
    "fetch_apart",
    "is_transactional",
    "producer",
    "started",
    "stopped",
]

BATCH_BYTES = 512 * 1024
FETCH_BYTES = 4 * 1024 * 1024
MAX_RECORD_BYTES = 16 * 1024 * 1024  # the broker's topic limits decide; the client must not be tighter
RETRY_MS = 5  # the coordinator is often asked before it has ended the transaction before: 100 ms more would be the p99
REQUEST_S = 10.0
STOP_S = 15.0
CUT_S = 1.0
IDLE_S = 300.0
FOREVER_S = 2_000_000.0
METADATA_AGE_MS = 10_000
FETCH_WAIT_MS = 25
"""How long a fetch may wait at the broker: a partition that was drained meanwhile waits for it (aiokafka 0.14)."""

NEXT_TRANSACTION_S = 0.002
"""How soon a transaction is begun again that came while the markers of the one before were written; aiokafka's own 20 ms
would be most of a record's way."""

sender.BACKOFF_OVERRIDE = NEXT_TRANSACTION_S
coordination.install()
fetched.install()


def producer(broker: str, *, transactional_id: str | None = None, transaction_s: float = 10.0) -> AIOKafkaProducer:
    """Return an idempotent producer, acks all, not started; transactional where an id is given."""
    return AIOKafkaProducer(
        bootstrap_servers=broker,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_RECORD_BYTES,
        metadata_max_age_ms=METADATA_AGE_MS,
        request_timeout_ms=int(REQUEST_S * 1000),
        retry_backoff_ms=RETRY_MS,
        transactional_id=transactional_id,
        transaction_timeout_ms=int(transaction_s * 1000),
    )


def consumer(
    broker: str,
    *,
    group: str | None = None,
    member: str = "",
    session_s: float = 20.0,
    idle_s: float = IDLE_S,
    blocks: bool = False,
    fetch_bytes: int = FETCH_BYTES,
    fetch_wait_ms: int = FETCH_WAIT_MS,
) -> AIOKafkaConsumer:
    """Return a consumer that sees committed records only and returns them as `Record`s or `Block`s, not started.

    It never commits by itself and never jumps: where no position is known it must be told. `member` makes the
    membership static (needs stable names). One that asks for no record for `idle_s` leaves its group.
    """
    return AIOKafkaConsumer(
        bootstrap_servers=broker,
        group_id=group,
        group_instance_id=member or None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        session_timeout_ms=int(session_s * 1000),
        heartbeat_interval_ms=int(session_s * 1000 / 6),
        max_poll_interval_ms=int(idle_s * 1000),
        metadata_max_age_ms=METADATA_AGE_MS,
        request_timeout_ms=int(max(REQUEST_S, session_s + 5) * 1000),
        max_partition_fetch_bytes=fetch_bytes,
        fetch_max_wait_ms=fetch_wait_ms,
        key_deserializer=fetched.as_blocks if blocks else fetched.as_records,
    )


@asynccontextmanager
async def admin(broker: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open an admin client for the block.

    Raises:
        BrokerUnreachableError: no broker answers.
        BrokerError: one answered, and then did not.
    """
    client = AIOKafkaAdminClient(bootstrap_servers=broker, request_timeout_ms=int(REQUEST_S * 1000))
    try:
        await client.start()
    except KafkaConnectionError as error:
        raise BrokerUnreachableError(broker) from error
    try:
        yield client
    except KafkaError as error:
        raise BrokerError(f"the broker at {broker} did not answer: {error!r}") from error
    finally:
        await client.close()


async def started(client: AIOKafkaConsumer | AIOKafkaProducer, broker: str) -> None:
    """Start a client.

    Raises:
        BrokerUnreachableError: no broker answers.
    """
    try:
        await client.start()
    except KafkaConnectionError as error:
        await stopped(client)
        raise BrokerUnreachableError(broker) from error
    except BaseException:
        await stopped(client)
        raise


async def stopped(client: AIOKafkaConsumer | AIOKafkaProducer, within_s: float = STOP_S) -> None:
    """Stop a client; after `within_s`, or when cancelled, give up on what it still wanted to send."""
    try:
        async with asyncio.timeout(within_s):
            await client.stop()
    except TimeoutError:
        await _cut(client)
    except asyncio.CancelledError:
        await _cut(client)
        raise


async def _cut(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Close a client, whatever it waits for; stop() has no way to leave batches behind."""
    if isinstance(client, AIOKafkaConsumer):
        await client._client.close()  # noqa: SLF001 -- as above
        return
    try:
        if sending := client._sender.sender_task:  # noqa: SLF001 -- as above
            sending.cancel()
            await asyncio.wait([sending], timeout=CUT_S)
            sending.cancel()  # with the broker away, an open transaction waits for its batches without an end
    finally:
        await client.client.close()


def is_transactional(producer: AIOKafkaProducer) -> bool:
    """Whether what it writes belongs to transactions."""
    transaction = producer._txn_manager  # noqa: SLF001 -- aiokafka tells it nowhere else
    return transaction is not None and transaction.transactional_id is not None


async def abandon(producer: AIOKafkaProducer) -> None:
    """Abort the producer's transaction if one is open.

    Raises:
        KafkaError: it can't be aborted from here; the next producer of this id, or the time-out, ends it.
    """
    transaction = producer._txn_manager  # noqa: SLF001 -- aiokafka tells the state of a transaction nowhere else
    if transaction is not None and transaction.is_in_transaction():
        await producer.abort_transaction()


def check_group(client: AIOKafkaConsumer, group: str) -> None:
    """Return where the client still takes part in its group.

    Raises:
        GroupLostError: its coordination ended by itself; aiokafka 0.14 never takes it up again, and reads nothing more.
    """
    coordination = client._coordinator._coordination_task  # noqa: SLF001 -- aiokafka tells it nowhere else
    if coordination.done():
        raise GroupLostError(group, None if coordination.cancelled() else coordination.exception())


async def committed(client: AIOKafkaConsumer, partition: TopicPartition) -> OffsetAndMetadata | None:
    """Return the position that the group committed, with what was said beside it; None for none."""
    return (await all_committed(client, [partition])).get(partition)


def fetch_apart(client: AIOKafkaConsumer) -> None:
    """Let a started client that is in no group fetch of one log while what it has of another was not taken yet.

    aiokafka 0.14 waits with it up to a tenth of a second, in the hope that it is.
    """
    client._fetcher._prefetch_backoff = 0.0  # noqa: SLF001 -- a consumer has no setting for it


async def all_committed(
    client: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Return the positions that the group committed, all as they were at one moment; one that it has not is left out.

    The client may read others: a group keeps what is committed to it.
    """
    coordinator = client._coordinator  # noqa: SLF001 -- `committed` of aiokafka returns one offset alone
    found: dict[TopicPartition, OffsetAndMetadata] = await coordinator.fetch_committed_offsets(partitions)
    return found
