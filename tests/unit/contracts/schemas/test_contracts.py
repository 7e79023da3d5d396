"""The schemas that a contract's records have on the wire."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assay.contracts import Contract, avro_schema, json_schema, load
from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.schemas import formatted, read_schema, schema_in, schema_of
from tests.unit.contracts.conftest import ORDERS

CONTRACT = load(ORDERS.encode())


@pytest.mark.parametrize("kind", Kind)
def test_contract_has_a_schema_of_every_kind(kind: Kind) -> None:
    assert read_schema(schema_in(CONTRACT, kind)).kind is kind


@pytest.mark.parametrize(("form", "kind"), [("json", "JSON"), ("avro", "AVRO"), ("protobuf", "PROTOBUF")])
def test_governed_schema_is_that_of_the_wire_form(form: str, kind: str) -> None:
    contract: Contract = replace(CONTRACT, form=form)  # type: ignore[arg-type]  # one of the forms
    assert schema_of(contract).kind is Kind(kind)


def test_schema_says_what_the_judge_asks() -> None:
    assert json.loads(schema_in(CONTRACT, Kind.JSON).text) == json_schema(CONTRACT)
    assert json.loads(schema_in(CONTRACT, Kind.AVRO).text) == avro_schema(CONTRACT)


def test_protobuf_text_needs_no_file_that_a_client_has_not() -> None:
    schema = schema_in(CONTRACT, Kind.PROTOBUF)
    assert [line for line in schema.text.splitlines() if "import" in line] == [
        'import "google/protobuf/timestamp.proto";'
    ]


def test_protobuf_text_is_the_schema_that_a_client_sends_as_a_descriptor() -> None:
    schema = schema_in(CONTRACT, Kind.PROTOBUF)
    sent = SchemaText(Kind.PROTOBUF, formatted(schema, "serialized"))
    assert read_schema(sent).identity == read_schema(schema).identity
