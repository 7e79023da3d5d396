"""What passes is what came: key, value, headers, timestamp, partition and order, however a producer wrote it."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from assay.contracts import Contract
from assay.streaming import Headers, Record, headers, scan
from assay.testkit import Broker, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.clients import producing
from assay.testkit.outcome import in_force, outcome

Names = Callable[[str], str]
Raw = tuple[int, bytes | None, bytes | None, Headers]
"""Timestamp, key, value and headers."""

CODECS = (None, "gzip", "snappy", "lz4", "zstd")
NOW_MS = int(time.time() * 1000)
"""What is older than the retention of a topic, a broker may delete while it is read."""
GOOD, BAD = b'{"id": "a", "amount": 1}', b'{"id": 1}'
ODD: list[Raw] = [
    (NOW_MS, b"k", GOOD, ()),
    (-1, None, GOOD, (("a", b"1"), ("a", None), ("a", b""))),
    (0, b"", BAD, (("", b"x"), ("traceparent", None))),
    (NOW_MS - 1, b"k", b"", ((headers.EVENT_ID, b"e"), (headers.SOURCE, b"x/0/0"), (headers.REASON, b"late"))),
    (NOW_MS, b"k", b'{"id": "' + b"x" * 700_000 + b'"}', (("n" * 3_000, b"v" * 3_000),)),
    (NOW_MS + 7, b"gone", None, (("\u00e9", b"\xff"),)),
]
ROW = {"id": "a", "amount": 1}


def observing(contract: str) -> bytes:
    text = contract_text(contract)
    return text.replace(b"team:", b"  - {property: assay.enforcement, value: observe}\nteam:", 1)


async def write(producer: AIOKafkaProducer, topic: str, partition: int, found: Iterable[Raw]) -> None:
    """Write records in one batch; each comes in a batch of its own where they do not fit."""
    batch = producer.create_batch()
    for ms, key, value, theirs in found:
        if batch.append(timestamp=ms, key=key, value=value, headers=list(theirs)) is None:
            await (await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(timestamp=ms, key=key, value=value, headers=list(theirs))
    await (await producer.send_batch(batch, topic, partition=partition))


async def by_partition(broker: Broker, topic: str) -> dict[int, list[Record]]:
    found = defaultdict(list)
    async for records in scan(broker.bootstrap, [topic]):
        for record in records:
            found[record.partition].append(record)
    return found


def told(record: Record, *, without: tuple[str, ...] = ()) -> Raw:
    """What a reader is told, but for the headers that are ours."""
    kept = tuple(pair for pair in record.headers if not pair[0].startswith(without))
    return record.timestamp_ms, record.key, record.value, kept


def is_settled(broker: Broker, contract: Contract, records: int) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return (await outcome(broker.bootstrap, contract)).settled >= records

    return ask


@pytest.fixture
async def registry(broker: Broker, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'registry.db'}"


async def test_a_contract_that_observes_passes_on_everything_as_it_came(
    broker: Broker, unique: Names, tmp_path: Path, registry: str
) -> None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(running("registry", data=tmp_path, store=registry))
        contract = await in_force(store.address, broker.bootstrap, observing(unique("observed")))
        topic = str(contract.topics.raw_app)
        await stack.enter_async_context(
            running("validation", data=tmp_path, broker=broker.bootstrap, registry=store.address)
        )
        for number, codec in enumerate(CODECS):
            plain = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, compression_type=codec, max_batch_size=900_000)
            await plain.start()
            stack.push_async_callback(plain.stop)
            await write(plain, topic, number % 3, ODD)
            for one in ODD[:3]:
                await write(plain, topic, number % 3, [one])
        async with producing(broker.bootstrap, unique("transactional")) as producer:
            for partition, end in enumerate((producer.commit_transaction, producer.abort_transaction)):
                await producer.begin_transaction()
                await write(producer, topic, partition, ODD[:2])
                await end()
        records = len(CODECS) * (len(ODD) + 3) + 2
        await eventually(is_settled(broker, contract, records), within_s=60)
        raw, validated = await by_partition(broker, topic), await by_partition(broker, contract.topics.validated)
        found = await outcome(broker.bootstrap, contract)
    assert found.is_exact, str(found)
    assert sum(map(len, raw.values())) == records
    for partition, came in raw.items():
        went = validated[partition]
        assert [record.headers[-2:] for record in went] == [
            (
                (headers.CONTRACT, f"{contract.id}@1.0.0".encode()),
                (headers.SOURCE, str(headers.source_of(record)).encode()),
            )
            for record in came
        ]
        theirs = [told(record, without=(headers.SOURCE, headers.REASON)) for record in came]
        assert [told(record._replace(headers=record.headers[:-2])) for record in went] == theirs


async def test_changes_of_a_database_pass_in_their_envelopes(
    broker: Broker, unique: Names, tmp_path: Path, registry: str
) -> None:
    def change(op: str, before: object = None, after: object = None) -> bytes:
        return json.dumps({"before": before, "after": after, "source": {"ts_ms": 1, "lsn": 2}, "op": op}).encode()

    good: list[bytes | None] = [
        *(change(op, None, ROW) for op in "rcu"),
        change("u", ROW, {"id": "a", "amount": "__debezium_unavailable_value"}),
        json.dumps({"schema": {}, "payload": json.loads(change("c", None, ROW))}).encode(),
        change("d", {"id": "a", "amount": None}),
        None,
        change("t"),
        json.dumps({"source": {}, "ddl": "ALTER TABLE orders", "tableChanges": []}).encode(),
    ]
    bad: list[bytes | None] = [b"{}", change("c", None, {"id": 1}), b"no json", change("d")]
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(running("registry", data=tmp_path, store=registry))
        contract = await in_force(store.address, broker.bootstrap, contract_text(unique("changed"), kind="cdc"))
        async with producing(broker.bootstrap) as producer:
            mixed = [value for pair in zip(good, [*bad, *good], strict=False) for value in pair]
            await write(producer, str(contract.topics.raw_cdc), 1, [(NOW_MS, b"a", value, ()) for value in mixed])
        await stack.enter_async_context(
            running("validation", data=tmp_path, broker=broker.bootstrap, registry=store.address)
        )
        await eventually(is_settled(broker, contract, len(mixed)), within_s=60)
        found = await outcome(broker.bootstrap, contract)
        validated = await by_partition(broker, contract.topics.validated)
    assert found.is_exact, str(found)
    assert [record.value for record in validated[1]] == [value for value in mixed if value not in bad]
    assert found.reasons == {"envelope": 2, "schema": 1, "malformed": 1}
