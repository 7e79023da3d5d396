"""A contract is drafted from the records of a live topic, whatever they are written in, and nothing is changed by it."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import fastavro
import httpx
from google.protobuf.wrappers_pb2 import StringValue

from assay.contracts import Contract, load
from assay.contracts.frame import framed
from assay.streaming import Outgoing, Publisher, TopicSpec, apply_topics, kafka
from assay.testkit import Broker, running

Names = Callable[[str], str]

RECORDS = 200
AVRO = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "state", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "note", "type": ["null", "string"], "default": None},
    ],
}
PROTO = 'syntax = "proto3"; package shop; message Note { string value = 1; }'


def order(number: int) -> dict[str, object]:
    return {"id": f"o-{number:05d}", "state": ("NEW", "PAID")[number % 2], "email": f"nobody{number}@mail.example"}


@dataclass(frozen=True)
class Desk:
    """A broker with a registry, and the command that looks at them."""

    broker: Broker
    schemas: str

    async def register(self, subject: str, schema: str, kind: str = "AVRO") -> int:
        async with httpx.AsyncClient(base_url=self.schemas, timeout=30) as http:
            sent = {"schema": schema, "schemaType": kind, "references": []}
            answer = await http.post(f"/subjects/{subject}/versions", json=sent)
            number: int = answer.raise_for_status().json()["id"]
        return number

    async def send(self, topic: str, values: Sequence[bytes]) -> None:
        await apply_topics(self.broker.bootstrap, [TopicSpec(topic, 2)])
        async with Publisher(self.broker.bootstrap) as publisher:
            sent = [Outgoing(topic, place % 2, b"%d" % place, value) for place, value in enumerate(values)]
            await publisher.publish(sent)

    async def infer(self, *arguments: str) -> tuple[Contract, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "assay.cli", "contract", "infer", *arguments,
            "--broker", self.broker.bootstrap, "--schema-registry", self.schemas, "--json", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
        assert process.returncode == 0
        text = json.loads(said)["text"]
        return load(text.encode()), text


@asynccontextmanager
async def desk(broker: Broker, data: Path) -> AsyncIterator[Desk]:
    async with running("registry", data=data, store=f"sqlite:///{data}/registry.db") as registry:
        yield Desk(broker, f"http://{registry.http}")


async def test_plain_json_of_a_topic_becomes_a_draft_and_no_group_is_joined(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    topic = unique("shop-events")
    async with desk(broker, tmp_path) as at:
        await at.send(topic, [json.dumps(order(number)).encode() for number in range(RECORDS)])
        contract, text = await at.infer("--topic", topic, "--id", "orders")

    fields = {each.name: each for each in contract.fields}
    assert (contract.topics.raw_app, contract.partitions, contract.key) == (topic, 2, ("id",))
    assert fields["state"].enum == ("NEW", "PAID")
    assert fields["email"].classification == "restricted"
    assert "nobody" not in text
    assert f"Drafted from {RECORDS} records" in text
    async with kafka.admin(broker.bootstrap) as admin:
        assert not [group for group, *_ in await admin.list_consumer_groups() if topic in group or "infer" in group]


async def test_framed_avro_keeps_the_types_of_its_schema(broker: Broker, unique: Names, tmp_path: Path) -> None:
    topic = unique("orders")
    async with desk(broker, tmp_path) as at:
        number = await at.register(f"{topic}-value", json.dumps(AVRO))
        await at.send(topic, [framed(avro(place), number) for place in range(RECORDS)])
        contract, _ = await at.infer("--topic", topic, "--id", "orders")

    fields = {each.name: each for each in contract.fields}
    assert (contract.form, contract.topics.raw_app) == ("avro", topic)
    assert (fields["at"].type, fields["note"].required, fields["state"].enum) == ("timestamp", False, ("NEW", "PAID"))
    assert (contract.event_time, contract.key) == ("at", ("id",))


async def test_framed_protobuf_is_read_by_its_schema(broker: Broker, unique: Names, tmp_path: Path) -> None:
    topic = unique("notes")
    async with desk(broker, tmp_path) as at:
        number = await at.register(f"{topic}-value", PROTO, "PROTOBUF")
        payload = StringValue(value="hello").SerializeToString()  # the same bytes: one text, number 1
        await at.send(topic, [framed(payload, number, (0,))] * RECORDS)
        contract, text = await at.infer("--topic", topic)

    assert (contract.form, [each.name for each in contract.fields]) == ("protobuf", ["value"])
    assert f"there in all {RECORDS}" in text


async def test_the_newest_schema_of_a_subject_becomes_a_draft(broker: Broker, unique: Names, tmp_path: Path) -> None:
    subject = unique("orders-value")
    async with desk(broker, tmp_path) as at:
        await at.register(subject, json.dumps(AVRO))
        contract, text = await at.infer("--subject", subject, "--id", "orders")

    assert [each.name for each in contract.fields] == ["id", "state", "at", "note"]
    assert "no record was looked at" in text


def avro(number: int) -> bytes:
    out = io.BytesIO()
    value = {"id": f"o-{number:05d}", "state": ("NEW", "PAID")[number % 2], "at": 1_700_000_000_000_000 + number}
    fastavro.schemaless_writer(out, fastavro.parse_schema(AVRO), value)
    return out.getvalue()
