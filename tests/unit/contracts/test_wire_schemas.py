"""A contract as an Avro schema and as a Protobuf file: every type, presence, and constraints where they can be said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from google.protobuf.message import Message

from assay.contracts import Contract, avro_schema, load, protobuf_file

FieldContract = Callable[[str], Contract]

FIELDS = [
    ("logicalType: string", "string", "TYPE_STRING"),
    (
        "logicalType: string, logicalTypeOptions: {format: uuid}",
        {"type": "string", "logicalType": "uuid"},
        "TYPE_STRING",
    ),
    ("logicalType: string, logicalTypeOptions: {format: byte}", "bytes", "TYPE_BYTES"),
    ("logicalType: string, enum: [{value: in-transit}]", "string", "TYPE_STRING"),
    ("logicalType: integer", "long", "TYPE_INT64"),
    ("logicalType: integer, logicalTypeOptions: {format: i8}", "int", "TYPE_INT32"),
    ("logicalType: integer, logicalTypeOptions: {format: i32}", "int", "TYPE_INT32"),
    ("logicalType: integer, logicalTypeOptions: {format: u16}", "int", "TYPE_UINT32"),
    ("logicalType: integer, logicalTypeOptions: {format: u32}", "long", "TYPE_UINT32"),
    (
        "logicalType: integer, logicalTypeOptions: {format: u64}",
        {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 0},
        "TYPE_UINT64",
    ),
    ("logicalType: number", "double", "TYPE_DOUBLE"),
    ("logicalType: number, logicalTypeOptions: {format: f32}", "float", "TYPE_FLOAT"),
    (
        "logicalType: number, physicalType: 'DECIMAL(10,2)'",
        {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
        "TYPE_STRING",
    ),
    ("logicalType: boolean", "boolean", "TYPE_BOOL"),
    ("logicalType: date", {"type": "int", "logicalType": "date"}, "TYPE_STRING"),
    ("logicalType: timestamp", {"type": "long", "logicalType": "timestamp-micros"}, "TYPE_MESSAGE"),
    (
        "logicalType: timestamp, logicalTypeOptions: {timezone: false}",
        {"type": "long", "logicalType": "local-timestamp-micros"},
        "TYPE_STRING",
    ),
    ("logicalType: time", {"type": "long", "logicalType": "time-micros"}, "TYPE_STRING"),
    (
        "logicalType: time, logicalTypeOptions: {timezone: true}",
        {"type": "string", "logicalType": "offset-time"},
        "TYPE_STRING",
    ),
    ("logicalType: array, items: {logicalType: number}", {"type": "array", "items": "double"}, "TYPE_DOUBLE"),
    (
        "logicalType: map, map: {key: {logicalType: string}, value: {logicalType: boolean}}",
        {"type": "map", "values": "boolean"},
        "TYPE_MESSAGE",
    ),
]

NESTED = """\
apiVersion: v3.2.0
kind: DataContract
id: shop.orders-2
version: 1.0.0
schema:
  - name: order_placed
    properties:
      - {name: id, logicalType: string, required: true, logicalTypeOptions: {minLength: 1, maxLength: 8}}
      - {name: at, logicalType: timestamp, required: true}
      - {name: day, logicalType: date}
      - {name: state, logicalType: string, enum: [{value: NEW}, {value: PAID}]}
      - {name: weight, logicalType: number, logicalTypeOptions: {exclusiveMinimum: 0, maximum: 9.5}}
      - {name: count, logicalType: integer, logicalTypeOptions: {format: u8, exclusiveMinimum: 0, maximum: 9}}
      - name: place
        logicalType: object
        required: true
        properties:
          - {name: zip, logicalType: string, required: true}
          - {name: Spots, logicalType: object, properties: [{name: row, logicalType: integer}]}
          - {name: spot, logicalType: object, properties: [{name: seat, logicalType: integer}]}
      - name: lines
        logicalType: array
        logicalTypeOptions: {minItems: 1}
        items: {logicalType: object, properties: [{name: sku, logicalType: string, required: true}]}
      - name: prices
        logicalType: map
        map: {key: {logicalType: string}, value: {logicalType: number, logicalTypeOptions: {minimum: 0}}}
"""


@pytest.fixture(scope="module")
def nested() -> Contract:
    return load(NESTED.encode())


@pytest.fixture(scope="module")
def message(nested: Contract) -> type[Message]:
    file = protobuf_file(nested)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    name = f"{file.package}.{file.message_type[0].name}"
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


@pytest.mark.parametrize(("field", "avro", "protobuf"), FIELDS)
def test_each_type_has_its_place_on_the_wire(
    field_contract: FieldContract, field: str, avro: object, protobuf: str
) -> None:
    contract = field_contract(f"{field}, required: true")
    assert avro_schema(contract)["fields"][0] == {"name": "x", "type": avro}
    made = protobuf_file(contract).message_type[0].field[0]
    assert descriptor_pb2.FieldDescriptorProto.Type.Name(made.type) == protobuf


@pytest.mark.parametrize(("field", "avro", "protobuf"), FIELDS)
def test_what_is_not_required_is_null_by_default_in_avro(
    field_contract: FieldContract, field: str, avro: object, protobuf: str
) -> None:
    expected = {"name": "x", "type": ["null", avro], "default": None}
    assert avro_schema(field_contract(field))["fields"][0] == expected


def test_a_record_inside_is_named_by_its_field_in_the_record_around_it(nested: Contract) -> None:
    schema = avro_schema(nested)
    fields = {field["name"]: field["type"] for field in schema["fields"]}
    assert (schema["namespace"], schema["name"]) == ("shop.orders_2", "OrderPlaced")
    assert (fields["place"]["namespace"], fields["place"]["name"]) == ("shop.orders_2.OrderPlaced", "place")
    items: dict[str, Any] = fields["lines"][1]["items"]
    assert (items["namespace"], items["name"]) == ("shop.orders_2.OrderPlaced.lines", "item")


def test_protobuf_tells_absent_from_zero(message: type[Message]) -> None:
    assert not message(id="a").HasField("weight")
    assert message.FromString(message(id="a", weight=0.0).SerializeToString()).HasField("weight")


def test_names_that_meet_in_one_message_are_told_apart(message: type[Message]) -> None:
    made = message(place={"zip": "1", "Spots": {"row": 1}, "spot": {"seat": 2}})
    assert message.FromString(made.SerializeToString()) == made


def test_a_map_of_protobuf_is_a_map(message: type[Message]) -> None:
    made = message(prices={"a": 1.5})
    assert message.FromString(made.SerializeToString()) == made
