"""Confluent's Python client in its two faces, unmodified, so that one claim is made of both."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from confluent_kafka.schema_registry import AsyncSchemaRegistryClient, Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import (
    AsyncAvroDeserializer,
    AsyncAvroSerializer,
    AvroDeserializer,
    AvroSerializer,
)
from confluent_kafka.schema_registry.json_schema import (
    AsyncJSONDeserializer,
    AsyncJSONSerializer,
    JSONDeserializer,
    JSONSerializer,
)
from confluent_kafka.schema_registry.protobuf import (
    AsyncProtobufDeserializer,
    AsyncProtobufSerializer,
    ProtobufDeserializer,
    ProtobufSerializer,
)
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from grpc_tools import protoc

__all__ = ["FACES", "Confluent", "Headers", "at", "connected", "message_class", "reference", "settled"]

T = TypeVar("T")
Headers = list[tuple[str, str | bytes | None]]
FACES = ("sync", "async")

WRITERS = {
    ("AVRO", "sync"): AvroSerializer,
    ("AVRO", "async"): AsyncAvroSerializer,
    ("JSON", "sync"): JSONSerializer,
    ("JSON", "async"): AsyncJSONSerializer,
    ("PROTOBUF", "sync"): ProtobufSerializer,
    ("PROTOBUF", "async"): AsyncProtobufSerializer,
}
READERS = {
    ("AVRO", "sync"): AvroDeserializer,
    ("AVRO", "async"): AsyncAvroDeserializer,
    ("JSON", "sync"): JSONDeserializer,
    ("JSON", "async"): AsyncJSONDeserializer,
    ("PROTOBUF", "sync"): ProtobufDeserializer,
    ("PROTOBUF", "async"): AsyncProtobufDeserializer,
}


@dataclass(frozen=True, slots=True)
class Confluent:
    """One face. Each call and each serializer is that of the library; `settled` waits where it must be waited for."""

    face: str
    url: str
    client: SchemaRegistryClient

    async def wrote(
        self, schema: Schema | type[message.Message], value: object, where: SerializationContext, **conf: object
    ) -> bytes:
        """What a new serializer makes of a value; `conf` are its settings, with _ for each dot, and its `rules`."""
        rules = conf.pop("rules", None)
        kind = schema.schema_type if isinstance(schema, Schema) else "PROTOBUF"
        make = WRITERS[kind or "", self.face]
        settings = _dotted(conf)
        first = (self.client, schema) if kind == "AVRO" else (schema, self.client)
        writer = await settled(make(*first, conf=settings, rule_registry=rules))
        made = await settled(writer(value, where))
        assert isinstance(made, bytes)
        return made

    async def read(
        self,
        kind: str,
        value: bytes,
        where: SerializationContext,
        schema: Schema | type[message.Message] | None = None,
        **conf: object,
    ) -> object:
        """What a new deserializer makes of bytes; nothing that a serializer learnt is known to it."""
        make = READERS[kind, self.face]
        async with connected(self.face, self.url) as fresh:
            first: tuple[object, ...] = (fresh.client, schema) if kind == "AVRO" else (schema,)
            more = {} if kind == "AVRO" else {"schema_registry_client": fresh.client}
            reader = await settled(make(*first, conf=_dotted(conf), **more))
            return await settled(reader(value, where))


@asynccontextmanager
async def connected(face: str, url: str) -> AsyncIterator[Confluent]:
    """A client with empty caches."""
    if face == "sync":
        with SchemaRegistryClient({"url": url}) as client:
            yield Confluent(face, url, client)
    else:
        async with AsyncSchemaRegistryClient({"url": url}) as waiting:
            # the same methods with the same arguments, to be awaited
            yield Confluent(face, url, cast("SchemaRegistryClient", waiting))


async def settled(value: T) -> T:
    """The value, waited for where the face is asynchronous."""
    return await cast("Awaitable[T]", value) if inspect.isawaitable(value) else value


def at(topic: str, field: MessageField = MessageField.VALUE, headers: Headers | None = None) -> SerializationContext:
    """The place of a value: a topic, and its headers."""
    return SerializationContext(topic, field, headers)


def reference(name: str, subject: str, version: int = 1) -> SchemaReference:
    """A reference of a schema to a registered version."""
    return SchemaReference(name, subject, version)


def message_class(name: str, files: Mapping[str, str]) -> type[message.Message]:
    """The class that protoc makes of a message of .proto files."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in files.items():
            (Path(folder) / file).write_text(text)
        made = Path(folder) / "made"
        code = protoc.main(["protoc", f"-I{folder}", f"--descriptor_set_out={made}", "--include_imports", *files])
        assert code == 0
        described = descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for each in described.file:
        pool.Add(each)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def _dotted(conf: Mapping[str, object]) -> dict[str, object]:
    return {name.replace("_", "."): value for name, value in conf.items()}
