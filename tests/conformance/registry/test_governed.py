"""A contract's topics under Confluent's clients: its own schema is taken, every other is sent to git."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import grpc
import pytest
from confluent_kafka.schema_registry import (
    ConfigCompatibilityLevel,
    Schema,
    SchemaRegistryError,
    ServerConfig,
    header_schema_id_serializer,
)
from google.protobuf.message import Message

from assay.api.registry.v1.registry_pb2 import ContractVersion, PublishContractRequest
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.contracts import Contract, Judge, load
from assay.contracts.frame import guid_of, unframe
from assay.testkit import Service
from assay.testkit.builders import contract_text
from tests.conformance.registry.clients import Confluent, Headers, at, connected, message_class, settled

Names = Callable[[str], str]
FORMS = ("avro", "json", "protobuf")
RECORD = {"id": "A-1001", "amount": 7}
CALL_S = 10.0


async def published(registry: Service, name: str, form: str, version: str = "1.0.0") -> ContractVersion:
    """A contract whose topics carry one form, published."""
    text = contract_text(name, version, format=form)
    async with grpc.aio.insecure_channel(registry.address) as channel:
        call = RegistryServiceStub(channel).PublishContract(PublishContractRequest(text=text), timeout=CALL_S)
        return (await call).published


async def own_schema(confluent: Confluent, contract: Contract) -> Schema:
    """The schema that the registry gives out for the contract's raw topic; no cache of the client keeps it."""
    async with connected(confluent.face, confluent.url) as fresh:
        return (await settled(fresh.client.get_latest_version(f"{contract.topics.raw_app}-value"))).schema


async def sent(
    confluent: Confluent, contract: Contract, record: Mapping[str, object], headers: Headers, **conf: object
) -> bytes:
    """A record as an unmodified client sends it to the contract's raw topic, with the schema that is given out."""
    where = at(str(contract.topics.raw_app), headers=headers)
    schema = await own_schema(confluent, contract)
    if schema.schema_type != "PROTOBUF":
        return await confluent.wrote(schema, record, where, **conf)
    made = _message(schema)
    return await confluent.wrote(made, made(**record), where, **conf)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "conf",
    [{}, {"auto_register_schemas": False}, {"auto_register_schemas": False, "use_latest_version": True}],
    ids=str,
)
async def test_record_written_with_the_contracts_schema_passes_the_judge(
    registry: Service, confluent: Confluent, unique: Names, form: str, conf: dict[str, object]
) -> None:
    known = await published(registry, unique("orders"), form)
    contract = load(known.text)
    value = await sent(confluent, contract, RECORD, [], **conf)
    frame = unframe(value, (), contract.form)

    assert frame is not None
    assert frame.schema_id == known.id
    assert Judge(contract).judge(frame.payload).accepted


@pytest.mark.parametrize("form", FORMS)
async def test_guid_that_a_client_is_told_is_that_of_the_contract_version(
    registry: Service, confluent: Confluent, unique: Names, form: str
) -> None:
    known, headers = await published(registry, unique("orders"), form), Headers()
    contract = load(known.text)
    value = await sent(confluent, contract, RECORD, headers, schema_id_serializer=header_schema_id_serializer)
    frame = unframe(value, [(name, said) for name, said in headers if isinstance(said, bytes)], contract.form)

    assert frame is not None
    assert frame.guid == guid_of(known.text)
    assert Judge(contract).judge(frame.payload).accepted


@pytest.mark.parametrize("form", FORMS)
async def test_every_topic_of_the_contract_has_its_schema(
    registry: Service, confluent: Confluent, unique: Names, form: str
) -> None:
    known = await published(registry, unique("orders"), form)
    topics = load(known.text).topics
    found = [
        await settled(confluent.client.get_latest_version(f"{topic}-value"))
        for topic in (*topics.raw, topics.validated)
    ]

    assert {each.schema_id for each in found} == {known.id}


@pytest.mark.parametrize("form", FORMS)
async def test_other_schema_is_refused_with_the_contract_and_the_command_that_proposes_it(
    registry: Service, confluent: Confluent, unique: Names, form: str
) -> None:
    known = await published(registry, unique("orders"), form)
    subject = f"{load(known.text).topics.raw_app}-value"
    with pytest.raises(SchemaRegistryError) as refused:
        await settled(confluent.client.register_schema(subject, OTHERS[form]))

    assert (refused.value.http_status_code, refused.value.error_code) == (422, 42205)
    assert known.contract in refused.value.error_message
    assert "assay contract" in refused.value.error_message
    assert await settled(confluent.client.get_versions(subject)) == [1]


async def test_next_version_of_the_contract_is_the_next_version_of_its_subjects(
    registry: Service, confluent: Confluent, unique: Names
) -> None:
    name = unique("orders")
    first = await published(registry, name, "avro")
    second = await published(registry, name, "avro", "1.1.0")
    subject = f"{load(first.text).topics.raw_app}-value"

    assert await settled(confluent.client.get_versions(subject)) == [1, 2]
    assert (await settled(confluent.client.get_latest_version(subject))).schema_id == second.id


async def test_subject_of_a_contract_is_read_only(registry: Service, confluent: Confluent, unique: Names) -> None:
    known = await published(registry, unique("orders"), "avro")
    subject, client = f"{load(known.text).topics.raw_app}-value", confluent.client
    codes = []
    for change in (
        lambda: client.delete_subject(subject),
        lambda: client.delete_version(subject, 1),
        lambda: client.update_mode(subject, "READONLY"),
        lambda: client.set_config(subject, ServerConfig(compatibility=ConfigCompatibilityLevel.NONE)),
    ):
        with pytest.raises(SchemaRegistryError) as refused:
            await settled(change())
        codes.append(refused.value.error_code)

    assert codes == [42205] * 4
    assert await settled(client.get_versions(subject)) == [1]


def _message(schema: Schema) -> type[Message]:
    """The class of the one message of a .proto text."""
    text = schema.schema_str or ""
    package = text.partition("package ")[2].partition(";")[0]
    name = text.partition("message ")[2].split()[0]
    return message_class(f"{package}.{name}" if package else name, {"contract.proto": text})


OTHERS = {
    "avro": Schema(json.dumps({"type": "record", "name": "Other", "fields": [{"name": "x", "type": "int"}]})),
    "json": Schema('{"type": "object", "properties": {"x": {"type": "integer"}}}', "JSON"),
    "protobuf": Schema('syntax = "proto3"; message Other { string x = 1; }', "PROTOBUF"),
}
