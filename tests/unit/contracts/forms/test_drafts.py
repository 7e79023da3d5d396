"""Other schemas as drafts: what a contract can say comes over, the rest is listed, and every draft lints."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, ContractError, SchemaError, avro_schema, json_schema, lint, load, protobuf_file
from assay.contracts.codegen import TARGETS
from assay.contracts.compatibility import Kind
from assay.contracts.drafts import from_avro, from_json_schema, from_odcs, from_protobuf, settled
from assay.contracts.schemas import schema_in
from tests.unit.contracts.forms.drawn import PLAIN_NAMES, contracts

MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
VERSIONS = ("3.0", "3.1", "3.2")

ORDERS_WITH_ALL = """\
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.2.0
schema:
  - id: order
    name: order
    deprecated: true
    synonyms: [{synonym: purchase}]
    properties:
      - {id: order_id, name: id, logicalType: string, required: true, primaryKey: true}
      - {name: at, logicalType: timestamp, required: true, logicalTypeOptions: {exclusiveMinimum: "2001-01-01T00:00:00Z"}}
      - {name: local, logicalType: timestamp, logicalTypeOptions: {timezone: false, format: "yyyy-MM-dd HH:mm"}}
      - {name: state, logicalType: string, enum: [{value: NEW, label: New}, {value: PAID}]}
      - {name: price, logicalType: number, logicalTypeOptions: {exclusiveMinimum: 0, maximum: 9}}
      - {name: rates, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: number}}}
      - {name: note, logicalType: string, quality: [{metric: nullValues, unit: percent, mustBeLessThan: 5, scheduler: assay.window, schedule: P1D}]}
slaProperties:
  - property: latency
    value: 15
    unit: m
    customProperties: [{property: assay.onLate, value: flag}, {property: assay.percentile, value: 99}]
support: [{channel: "#orders"}]
team: {name: checkout, members: [{username: ana, role: Owner}]}
customProperties: [{property: assay.eventTime, value: at}, {property: acme.cost, value: {"a/b": 1}}]
"""


def again(draft: Any) -> Contract:
    return load(settled(draft).text)


def same(one: Contract, other: Contract) -> bool:
    """Whether they say the same, but for the bytes of the file."""
    return dataclasses.replace(one, text=b"") == dataclasses.replace(other, text=b"")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_contract_comes_back_whole_from_every_version_of_odcs(version: str) -> None:
    contract = load(ORDERS_WITH_ALL.encode())
    written = TARGETS[f"odcs-{version}"].write(contract)
    made = settled(from_odcs(written.encode()))
    assert made.left_out == ()
    assert same(load(made.text), contract)


@pytest.mark.parametrize("version", VERSIONS)
@given(contract=contracts())
@MANY
def test_any_contract_comes_back_from_every_version_of_odcs(version: str, contract: Contract) -> None:
    written = TARGETS[f"odcs-{version}"].write(contract)
    assert same(again(from_odcs(written.encode())), contract)


def test_an_older_version_says_what_it_can_in_its_own_words() -> None:
    written = TARGETS["odcs-3.1"].write(load(ORDERS_WITH_ALL.encode()))
    assert "validValues: [NEW, PAID]" in written
    assert "property: assay.sla, value: {latency_1: {assay.onLate: flag, assay.percentile: 99}}" in written
    assert "logicalType: date" in TARGETS["odcs-3.0"].write(load(ORDERS_WITH_ALL.encode()))


def test_an_older_draft_of_the_standard_is_refused_with_a_hint() -> None:
    with pytest.raises(ContractError, match="convert it to ODCS v3 first"):
        from_odcs(b"apiVersion: v2.2.2\nkind: DataContract\n", "old.yaml")


def test_what_a_contract_cannot_say_is_listed_and_the_rest_lints() -> None:
    text = ORDERS_WITH_ALL.replace(
        "      - {name: note,",
        "      - {name: spot, logicalType: vector, logicalTypeOptions: {dimensions: 3}}\n"
        "      - {name: email, logicalType: string, unique: true, logicalTypeOptions: {format: idn-email}}\n      - {name: note,",
    )
    made = settled(from_odcs(text.encode()))
    assert [each.partition(": ")[0] for each in made.left_out] == [
        "schema/order/properties/email/unique",
        "schema/order/properties/email/logicalTypeOptions/format",
        "schema/order/properties/spot/logicalType",
        "schema/order/properties/spot",
    ]
    assert all(f"# left out: {each}" in made.text.decode() for each in made.left_out)


@given(contract=contracts())
@MANY
def test_any_contract_comes_back_from_its_json_schema(contract: Contract) -> None:
    schema = json_schema(contract)
    assert json_schema(again(from_json_schema(json.dumps(schema)))) == schema


@given(contract=contracts(PLAIN_NAMES, "avro"))
@MANY
def test_any_contract_comes_back_from_its_avro_schema(contract: Contract) -> None:
    schema = avro_schema(contract)
    assert avro_schema(again(from_avro(json.dumps(schema)))) == schema


@given(contract=contracts(PLAIN_NAMES, "protobuf"))
@MANY
def test_any_contract_comes_back_from_its_descriptor(contract: Contract) -> None:
    file = protobuf_file(contract)
    for text in (base64.b64encode(file.SerializeToString()).decode(), schema_in(contract, Kind.PROTOBUF).text):
        assert shape(again(from_protobuf(text))) == shape(contract)


def shape(contract: Contract) -> list[Any]:
    """What the wire says of a contract: names, types and numbers, options left out."""
    return [
        (field.name, field.number, field.type, field.label, field.type_name.rpartition(".")[2])
        for message in protobuf_file(contract).message_type
        for field in message.field
    ]


DRAFTS = {
    "http://json-schema.org/draft-04/schema#": {"minimum": 0, "exclusiveMinimum": True},
    "http://json-schema.org/draft-06/schema#": {"exclusiveMinimum": 0},
    "http://json-schema.org/draft-07/schema#": {"exclusiveMinimum": 0},
    "https://json-schema.org/draft/2019-09/schema": {"exclusiveMinimum": 0},
    "https://json-schema.org/draft/2020-12/schema": {"exclusiveMinimum": 0},
}


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_json_schema_of_every_draft_is_read(draft: str) -> None:
    schema = {
        "$schema": draft,
        "title": "Order",
        "type": "object",
        "properties": {
            "n": {"type": "number", **DRAFTS[draft]},
            "at": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]},
            "id": {"$ref": "#/definitions/Id"},
        },
        "definitions": {"Id": {"type": "string", "maxLength": 5}},
        "required": ["n", "id"],
        "additionalProperties": False,
    }
    fields = {each.name: each for each in again(from_json_schema(json.dumps(schema))).fields}
    assert (fields["n"].type, dict(fields["n"].options)) == ("number", {"exclusiveMinimum": 0})
    assert (fields["at"].type, fields["at"].required) == ("timestamp", False)
    assert (fields["id"].options, fields["id"].required) == ({"maxLength": 5}, True)


def test_every_keyword_that_is_not_taken_over_is_listed() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "pattern": "(?=x)", "contentMediaType": "text/html"},
            "b": {"type": ["string", "integer"]},
            "c": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "d": {"type": "integer", "default": 3, "not": {"const": 4}},
            "e": {"$ref": "#"},
            "f": {"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 2}]},
        },
        "dependentRequired": {"a": ["b"]},
        "patternProperties": {"^x": {}},
    }
    said = "\n".join(settled(from_json_schema(json.dumps(schema))).left_out)
    for word in ("contentMediaType", "/b: string, integer", "/c: a choice", "default 3", "/d: not", "/e: # inside itself",
                 "dependentRequired", "patternProperties", "(?=x)", "/f"):  # fmt: skip
        assert word in said, word


def test_schemas_that_grow_as_they_are_read_are_refused() -> None:
    levels = {
        f"L{n}": {"type": "object", "properties": {k: {"$ref": f"#/$defs/L{n + 1}"} for k in "ab"}} for n in range(40)
    }
    levels["L40"] = {"type": "string"}
    bomb = {"type": "object", "properties": {"x": {"$ref": "#/$defs/L0"}}, "$defs": levels}
    with pytest.raises(SchemaError):
        from_json_schema(json.dumps(bomb))


def test_avro_types_that_are_used_again_are_refused_where_they_double() -> None:
    inner: dict[str, Any] = {"type": "record", "name": "R0", "fields": [{"name": "x", "type": "int"}]}
    for n in range(1, 30):
        fields = [{"name": "a", "type": inner}, {"name": "b", "type": f"R{n - 1}"}]
        inner = {"type": "record", "name": f"R{n}", "fields": fields}
    with pytest.raises(SchemaError, match=r"fields|levels"):
        from_avro(json.dumps(inner))


@given(
    text=st.text()
    | st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["type", "properties", "items", "$ref", "allOf", "enum", "required", "name", "fields"])
                | st.text(),
                inner,
            )
        ),
    ).map(json.dumps)
)
@MANY
def test_no_text_breaks_an_import_but_with_an_error_of_ours(text: str) -> None:
    for reader in (from_json_schema, from_avro, from_protobuf):
        with contextlib.suppress(SchemaError, ContractError):
            assert lint(settled(reader(text)).text) == []
