"""Confluent's serializers and deserializers, unmodified, sync and async, against the registry."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from confluent_kafka.schema_registry import (
    Metadata,
    MetadataProperties,
    Rule,
    RuleKind,
    RuleMode,
    RuleSet,
    Schema,
    SchemaRegistryError,
    dual_schema_id_deserializer,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.rule_registry import RuleRegistry
from confluent_kafka.schema_registry.serde import RuleContext, RuleExecutor
from confluent_kafka.serialization import MessageField
from google.protobuf.message import Message

from tests.conformance.registry.clients import Confluent, Headers, at, message_class, reference, settled

Names = Callable[[str], str]

AVRO = Schema(
    json.dumps(
        {
            "type": "record",
            "name": "Order",
            "namespace": "shop",
            "fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": ["null", "long"], "default": None}],
        }
    )
)
RECORD = {"id": "A-1001", "amount": 7}
DRAFTS = {
    "4": "http://json-schema.org/draft-04/schema#",
    "6": "http://json-schema.org/draft-06/schema#",
    "7": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}
PROTO = 'syntax = "proto3";\npackage shop;\nmessage Order { string id = 1; int64 amount = 2; }\n'


def json_schema(draft: str = DRAFTS["7"], **more: object) -> Schema:
    properties = {"id": {"type": "string"}, "amount": {"type": "integer"}}
    said = {"$schema": draft, "title": "Order", "type": "object", "properties": properties, **more}
    return Schema(json.dumps(said), "JSON")


def order() -> type[Message]:
    return message_class("shop.Order", {"order.proto": PROTO})


SCHEMAS = [
    pytest.param(AVRO, id="avro"),
    *(pytest.param(json_schema(draft), id=f"json-{name}") for name, draft in DRAFTS.items()),
]


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_record_comes_back_as_it_was(confluent: Confluent, unique: Names, schema: Schema) -> None:
    where = at(unique("orders"))
    sent = await confluent.wrote(schema, RECORD, where)

    assert await confluent.read(schema.schema_type or "", sent, where) == RECORD


async def test_message_comes_back_as_it_was(confluent: Confluent, unique: Names) -> None:
    where, made = at(unique("orders")), order()
    sent = await confluent.wrote(made, made(**RECORD), where)

    assert await confluent.read("PROTOBUF", sent, where, made) == made(**RECORD)


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_frame_has_the_id_of_the_subject_of_its_topic(
    confluent: Confluent, unique: Names, schema: Schema
) -> None:
    topic = unique("orders")
    sent = await confluent.wrote(schema, RECORD, at(topic))
    latest = await settled(confluent.client.get_latest_version(f"{topic}-value"))

    assert sent[:5] == b"\0" + int(latest.schema_id or 0).to_bytes(4, "big")
    assert (latest.version, latest.schema.schema_str) == (1, schema.schema_str)


async def test_key_and_value_have_subjects_of_their_own(confluent: Confluent, unique: Names) -> None:
    topic = unique("orders")
    key = await confluent.wrote(Schema('{"type": "string"}'), "a", at(topic, MessageField.KEY))
    await confluent.wrote(AVRO, RECORD, at(topic))

    assert await confluent.read("AVRO", key, at(topic, MessageField.KEY)) == "a"
    assert set(await settled(confluent.client.get_subjects(subject_prefix=topic))) == {f"{topic}-key", f"{topic}-value"}


@pytest.mark.parametrize(
    ("strategy", "subject"), [("RECORD", "shop.Order"), ("TOPIC_RECORD", "{}-shop.Order"), ("TOPIC", "{}-value")]
)
async def test_subject_is_the_one_that_the_strategy_names(
    confluent: Confluent, unique: Names, strategy: str, subject: str
) -> None:
    topic = unique("orders")
    await confluent.wrote(AVRO, RECORD, at(topic), subject_name_strategy_type=strategy)

    assert (await settled(confluent.client.get_latest_version(subject.format(topic)))).schema.schema_str


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_known_schema_is_looked_up_and_an_unknown_one_is_not_made(
    confluent: Confluent, unique: Names, schema: Schema
) -> None:
    topic = unique("orders")
    with pytest.raises(SchemaRegistryError) as refused:
        await confluent.wrote(schema, RECORD, at(topic), auto_register_schemas=False)
    number = await settled(confluent.client.register_schema(f"{topic}-value", schema))
    sent = await confluent.wrote(schema, RECORD, at(topic), auto_register_schemas=False)

    assert (refused.value.http_status_code, refused.value.error_code) == (404, 40401)
    assert int.from_bytes(sent[1:5], "big") == number


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_latest_version_is_written_with_where_that_is_asked_for(
    confluent: Confluent, unique: Names, schema: Schema
) -> None:
    topic = unique("orders")
    number = await settled(confluent.client.register_schema(f"{topic}-value", schema))
    sent = await confluent.wrote(schema, RECORD, at(topic), auto_register_schemas=False, use_latest_version=True)

    assert int.from_bytes(sent[1:5], "big") == number


async def test_latest_message_is_written_with_where_that_is_asked_for(confluent: Confluent, unique: Names) -> None:
    topic, made = unique("orders"), order()
    number = await settled(confluent.client.register_schema(f"{topic}-value", Schema(PROTO, "PROTOBUF")))
    sent = await confluent.wrote(made, made(**RECORD), at(topic), auto_register_schemas=False, use_latest_version=True)

    assert int.from_bytes(sent[1:5], "big") == number
    assert await confluent.read("PROTOBUF", sent, at(topic), made, use_latest_version=True) == made(**RECORD)


async def test_descriptor_of_a_serializer_is_the_text_that_is_registered(confluent: Confluent, unique: Names) -> None:
    topic, made = unique("orders"), order()
    number = await settled(confluent.client.register_schema(f"{topic}-value", Schema(PROTO, "PROTOBUF")))
    sent = await confluent.wrote(made, made(**RECORD), at(topic))

    assert int.from_bytes(sent[1:5], "big") == number


async def test_schema_is_written_with_by_its_id(confluent: Confluent, unique: Names) -> None:
    topic = unique("orders")
    number = await settled(confluent.client.register_schema(f"{topic}-value", AVRO))
    sent = await confluent.wrote(AVRO, RECORD, at(topic), auto_register_schemas=False, use_schema_id=number)

    assert int.from_bytes(sent[1:5], "big") == number


async def test_version_with_certain_metadata_is_written_with(confluent: Confluent, unique: Names) -> None:
    topic = unique("orders")
    marked = replace_metadata(AVRO, "1")
    number = await settled(confluent.client.register_schema(f"{topic}-value", marked))
    await settled(confluent.client.register_schema(f"{topic}-value", replace_metadata(AVRO, "2")))
    sent = await confluent.wrote(
        AVRO, RECORD, at(topic), auto_register_schemas=False, use_latest_with_metadata={"application.major": "1"}
    )

    assert int.from_bytes(sent[1:5], "big") == number


class Shout(RuleExecutor):
    """A rule of our own: the client finds it by the type that the registry tells."""

    def type(self) -> str:
        return "SHOUT"

    def transform(self, ctx: RuleContext, message: object) -> object:
        assert isinstance(message, dict)
        return {**message, "id": f"{message['id']}{ctx.rule.expr}"}


async def test_rule_that_the_registry_keeps_is_applied_by_the_client(confluent: Confluent, unique: Names) -> None:
    topic, rules = unique("orders"), RuleRegistry()  # type: ignore[no-untyped-call]  # it has no types
    rules.register_executor(Shout())
    rule = Rule("loud", None, RuleKind.TRANSFORM, RuleMode.WRITE, "SHOUT", None, None, "!", None, None, False)
    schema = Schema(AVRO.schema_str, "AVRO", [], None, RuleSet(None, [rule]))
    await settled(confluent.client.register_schema(f"{topic}-value", schema))
    sent = await confluent.wrote(
        AVRO, RECORD, at(topic), rules=rules, auto_register_schemas=False, use_latest_version=True
    )

    assert await confluent.read("AVRO", sent, at(topic)) == {**RECORD, "id": "A-1001!"}


async def test_spellings_of_one_schema_have_one_id_when_they_are_normalised(
    confluent: Confluent, unique: Names
) -> None:
    topic = unique("orders")
    long = Schema('{"type": "record", "name": "A", "fields": [{"name": "x", "type": {"type": "int"}}]}')
    short = Schema('{"name": "A", "type": "record", "fields": [{"type": "int", "name": "x"}]}')
    sent = [await confluent.wrote(each, {"x": 1}, at(topic), normalize_schemas=True) for each in (long, short)]

    assert sent[0] == sent[1]
    assert await settled(confluent.client.get_versions(f"{topic}-value")) == [1]


async def test_older_record_is_read_with_a_newer_schema(confluent: Confluent, unique: Names) -> None:
    where = at(unique("orders"))
    text = json.loads(AVRO.schema_str or "")
    text["fields"].append({"name": "note", "type": "string", "default": "none"})
    newer = Schema(json.dumps(text))
    sent = await confluent.wrote(AVRO, RECORD, where)
    await confluent.wrote(newer, {**RECORD, "note": "x"}, where)

    assert await confluent.read("AVRO", sent, where, newer) == {**RECORD, "note": "none"}


async def test_schema_that_breaks_the_readers_before_it_is_refused_with_the_reason(
    confluent: Confluent, unique: Names
) -> None:
    where = at(unique("orders"))
    text = json.loads(AVRO.schema_str or "")
    text["fields"].append({"name": "note", "type": "string"})
    await confluent.wrote(AVRO, RECORD, where)
    with pytest.raises(SchemaRegistryError) as refused:
        await confluent.wrote(Schema(json.dumps(text)), {**RECORD, "note": "x"}, where)

    assert (refused.value.http_status_code, refused.value.error_code) == (409, 40901)
    assert "note" in refused.value.error_message


async def test_guid_in_a_header_leads_to_the_schema(confluent: Confluent, unique: Names) -> None:
    topic, said = unique("orders"), Headers()
    sent = await confluent.wrote(
        AVRO, RECORD, at(topic, headers=said), schema_id_serializer=header_schema_id_serializer
    )
    found = await confluent.read(
        "AVRO", sent, at(topic, headers=said), schema_id_deserializer=dual_schema_id_deserializer
    )

    assert [(name, len(value or ""), (value or "")[:1]) for name, value in said] == [("__value_schema_id", 17, b"\1")]
    assert found == RECORD


async def test_guid_of_a_message_is_in_a_header_with_its_place_in_the_file(confluent: Confluent, unique: Names) -> None:
    topic, said, made = unique("orders"), Headers(), order()
    sent = await confluent.wrote(
        made, made(**RECORD), at(topic, headers=said), schema_id_serializer=header_schema_id_serializer
    )
    found = await confluent.read(
        "PROTOBUF", sent, at(topic, headers=said), made, schema_id_deserializer=dual_schema_id_deserializer
    )

    assert [(name, len(value or "")) for name, value in said] == [("__value_schema_id", 18)]
    assert found == made(**RECORD)


async def test_latest_version_has_a_guid_for_the_header(confluent: Confluent, unique: Names) -> None:
    topic, said = unique("orders"), Headers()
    await settled(confluent.client.register_schema(f"{topic}-value", AVRO))
    sent = await confluent.wrote(
        AVRO,
        RECORD,
        at(topic, headers=said),
        auto_register_schemas=False,
        use_latest_version=True,
        schema_id_serializer=header_schema_id_serializer,
    )
    where = at(topic, headers=said)

    assert await confluent.read("AVRO", sent, where, schema_id_deserializer=dual_schema_id_deserializer) == RECORD


async def test_avro_types_of_other_subjects_are_referred_to(confluent: Confluent, unique: Names) -> None:
    topic, money = unique("orders"), unique("money")
    amount = {"type": "record", "name": "Money", "namespace": "shop", "fields": [{"name": "cents", "type": "long"}]}
    text = {"type": "record", "name": "Bill", "fields": [{"name": "total", "type": "shop.Money"}]}
    await settled(confluent.client.register_schema(money, Schema(json.dumps(amount))))
    schema = Schema(json.dumps(text), "AVRO", [reference("shop.Money", money)])
    sent = await confluent.wrote(schema, {"total": {"cents": 3}}, at(topic))

    assert await confluent.read("AVRO", sent, at(topic)) == {"total": {"cents": 3}}


async def test_json_schemas_of_other_subjects_are_referred_to(confluent: Confluent, unique: Names) -> None:
    topic, money = unique("orders"), unique("money")
    amount = {"$schema": DRAFTS["7"], "type": "object", "properties": {"cents": {"type": "integer"}}}
    text = {"$schema": DRAFTS["7"], "title": "Bill", "properties": {"total": {"$ref": "money.json"}}}
    await settled(confluent.client.register_schema(money, Schema(json.dumps(amount), "JSON")))
    schema = Schema(json.dumps(text), "JSON", [reference("money.json", money)])
    sent = await confluent.wrote(schema, {"total": {"cents": 3}}, at(topic))

    assert await confluent.read("JSON", sent, at(topic)) == {"total": {"cents": 3}}


async def test_files_that_a_message_imports_are_registered_first(confluent: Confluent, unique: Names) -> None:
    topic, shared = unique("orders"), f"{unique('money')}.proto"
    made = message_class(
        "shop.Bill",
        {
            shared: 'syntax = "proto3"; package shop; message Money { int64 cents = 1; }',
            "bill.proto": f'syntax = "proto3"; package shop; import "{shared}"; message Bill {{ Money total = 1; }}',
        },
    )
    bill = made(total={"cents": 3})
    sent = await confluent.wrote(made, bill, at(topic))

    assert await confluent.read("PROTOBUF", sent, at(topic), made) == bill
    assert await settled(confluent.client.get_referenced_by(shared, 1)) == [int.from_bytes(sent[1:5], "big")]


async def test_message_that_is_not_the_first_of_its_file_is_found(confluent: Confluent, unique: Names) -> None:
    topic = unique("orders")
    text = 'syntax = "proto3"; message A { string a = 1; } message B { message C { string c = 1; } }'
    inner = message_class("B.C", {"nested.proto": text})
    sent = await confluent.wrote(inner, inner(c="x"), at(topic))

    assert await confluent.read("PROTOBUF", sent, at(topic), inner) == inner(c="x")


def replace_metadata(schema: Schema, major: str) -> Schema:
    properties = MetadataProperties({"application.major": major})
    return Schema(schema.schema_str, schema.schema_type, [], Metadata(None, properties, None))
