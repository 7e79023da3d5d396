"""One record, three wire forms, one verdict: the same path, rule, expectation and finding in each."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Field, Judge, Rule, Verdict, WireForm, json_schema
from assay.contracts.errors import UnwritableError
from assay.contracts.samples import damaged, samples
from assay.testkit.encoding import avro_bytes, protobuf_bytes
from tests.conformance.judges.contracts import CONTRACTS, one_field

CASES = [
    path for form in ("avro", "protobuf") for path in sorted((Path(__file__).parent / "cases").glob(f"{form}_*.json"))
]
WRITERS: dict[WireForm, Callable[[Contract, Mapping[str, Any]], bytes]] = {
    "avro": avro_bytes,
    "protobuf": protobuf_bytes,
}
CARRIED = [contract for contract in CONTRACTS if contract.id in ("flights", "shipments", "open")]


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("contract", CARRIED, ids=lambda contract: contract.id)
@given(seed=st.integers(0, 2**32))
def test_a_record_has_the_verdict_of_its_json(contract: Contract, form: WireForm, seed: int) -> None:
    random = Random(seed)
    (sample,) = samples(json_schema(contract), 1, random)
    rows = [*damaged(sample, random)]
    random.shuffle(rows)
    record, value = next(written(contract, [*rows, sample], form))
    in_form, in_json = Judge(contract, form).judge(value), Judge(contract, "json").judge(orjson.dumps(record))
    assert said(in_form) == said(in_json), (form, base64.b64encode(value), record)


NUMBER = "logicalType: number"
PARTS = "logicalType: object, properties: [{name: a, logicalType: number}, {name: b, logicalType: integer}]"
ITEMS = f"logicalType: array, items: {{name: i, {PARTS}}}"


@pytest.mark.parametrize("form", ["json", *WRITERS])
@pytest.mark.parametrize(
    ("field", "rule", "value", "accepted"),
    [
        (NUMBER, "x / 2.0 > 0.4", 1, True),
        (NUMBER, "x / 2.0 > 0.4", 0, False),
        (f"{NUMBER}, physicalType: 'DECIMAL(5,2)'", "x + 1.0 > 2.0", "1.50", True),
        (f"{NUMBER}, physicalType: 'DECIMAL(5,2)'", "x + 1.0 > 2.0", 2, True),
        ("logicalType: integer, physicalType: 'DECIMAL(9,0)'", "x % 2 == 0", "-4", True),
        (PARTS, "x.a == null || x.a > 1.5", {"b": 1}, True),
        (PARTS, "x.a == null || x.a > 1.5", {"a": None, "b": 1}, True),
        (PARTS, "!has(x.a) || x.a > 1.5", {"b": 1}, True),
        (PARTS, "!has(x.a) || x.a > 1.5", {"a": None, "b": 1}, True),
        (PARTS, "!has(x.a) || x.a > 1.5", {"a": 1, "b": 1}, False),
        (PARTS, "x.a * 1.5 > 1.0", {"a": 1}, True),
        (ITEMS, "x.all(i, i.a == null || i.a * 1.5 > 1.0)", [{"b": 1}, {"a": 1}], True),
        ("logicalType: map, map: {key: {logicalType: string}, value: {logicalType: number}}", "x.k + 0.5 > 1.0",
         {"k": 1}, True),
    ],
)  # fmt: skip
def test_rule_sees_the_same_values_in_each_form(
    form: WireForm, field: str, rule: str, value: object, accepted: bool
) -> None:
    contract = replace(one_field(field), rules=(Rule("r", rule),))
    record = {"x": value}
    written = WRITERS[form](contract, record) if form in WRITERS else orjson.dumps(record)
    judge = Judge(contract, form)
    assert judge.judge(written).accepted is accepted
    assert judge.explain(written).verdict.accepted is accepted


@pytest.mark.parametrize("form", ["json", *WRITERS])
@pytest.mark.parametrize(
    ("options", "value", "accepted"),
    [
        ("minProperties: 1", {"a": 1.5}, True),
        ("minProperties: 1", {}, False),
        ("maxProperties: 1", {"b": 1}, True),
        ("maxProperties: 1", {"a": 1.5, "b": 1}, False),
        ("required: [b], maxProperties: 1", {"b": 1}, True),
    ],
)
def test_properties_that_are_there_are_counted_in_each_form(
    form: WireForm, options: str, value: object, accepted: bool
) -> None:
    contract = one_field(f"{PARTS}, logicalTypeOptions: {{{options}}}")
    record = {"x": value}
    value_of = WRITERS[form](contract, record) if form in WRITERS else orjson.dumps(record)
    assert Judge(contract, form).judge(value_of).accepted is accepted


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_kept_disagreement_has_one_verdict(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    judge, value = Judge(one_field(kept["field"]), kept["form"]), base64.b64decode(kept["record"])
    assert judge.explain(value).verdict.accepted == kept["accepted"]
    assert judge.judge(value).accepted == kept["accepted"]


def said(verdict: Verdict) -> object:
    return verdict.reason, sorted(map(str, verdict.violations))


def written(contract: Contract, rows: Sequence[bytes], form: WireForm) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    """The rows that are objects and that the form has words for, with what it writes of them."""
    for row in rows:
        with suppress(orjson.JSONDecodeError, UnwritableError):
            record = orjson.loads(row)
            if isinstance(record, dict):
                sent = sayable(contract.fields, record, form)
                yield sent, WRITERS[form](contract, sent)


def sayable(fields: Sequence[Field], record: Mapping[str, Any], form: WireForm) -> dict[str, Any]:
    """The record without what a binary form has no word for: other names, null, and a number that is an integer.

    An empty list and none are the same in Protobuf; it is there when it is required.
    """
    found = {field.name: inside(field, record.get(field.name), form) for field in fields}
    if form == "protobuf":
        found |= {
            field.name: ([] if field.required else None) for field in fields if field.items and not found[field.name]
        }
    return {name: value for name, value in found.items() if value is not None}


def inside(field: Field, value: Any, form: WireForm) -> Any:
    if field.properties and isinstance(value, dict):
        return sayable(field.properties, value, form)
    if field.items and isinstance(value, list):
        return [inside(field.items, item, form) for item in value]
    return float(value) if field.type == "number" and type(value) is int else value
