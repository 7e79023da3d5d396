"""The validation service as it is, with producers that know no transactions: the difference is what exactly once costs."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from assay.streaming import kafka

consumers: list[AIOKafkaConsumer] = []
new_consumer = kafka.consumer


class UntransactedProducer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka carries no types
    """Takes the calls of a transaction; the position goes to the group as a plain consumer commits it."""

    async def begin_transaction(self) -> None:
        """There is none."""

    async def send_offsets_to_transaction(self, offsets: Mapping[TopicPartition, int], group_id: str) -> None:
        self._after = offsets

    async def commit_transaction(self) -> None:
        await consumers[-1].commit(dict(self._after))


def producer(broker: str, *, transactional_id: str | None = None, transaction_s: float = 0) -> AIOKafkaProducer:
    """Return the producer of the service without its transactional id."""
    return UntransactedProducer(
        bootstrap_servers=broker,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=kafka.BATCH_BYTES,
        max_request_size=kafka.MAX_RECORD_BYTES,
        metadata_max_age_ms=kafka.METADATA_AGE_MS,
        request_timeout_ms=int(kafka.REQUEST_S * 1000),
        retry_backoff_ms=kafka.RETRY_MS,
    )


def consumer(broker: str, **settings: Any) -> AIOKafkaConsumer:
    """Return a consumer of the service; the one of its group is remembered."""
    made = new_consumer(broker, **settings)
    if settings.get("group"):
        consumers.append(made)
    return made


if __name__ == "__main__":
    kafka.producer, kafka.consumer = producer, consumer
    runpy.run_module("assay.validation", run_name="__main__")
