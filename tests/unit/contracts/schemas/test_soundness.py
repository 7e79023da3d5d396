"""What is normalised, printed or sent as a descriptor takes and refuses what the schema did as it was written."""

from __future__ import annotations

import base64
import io
import json
from random import Random
from typing import Any

import fastavro
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import SchemaJudge
from assay.contracts.compatibility import Kind, Mode, SchemaText, check
from assay.contracts.compatibility.avro import parse_avro
from assay.contracts.compatibility.avro.samples import encoded
from assay.contracts.compatibility.protobuf import read_file
from assay.contracts.compatibility.protobuf.samples import class_of
from assay.contracts.schemas import formatted, read_schema
from tests.unit.contracts.compatibility import test_avro, test_protobuf
from tests.unit.contracts.compatibility.values import changed, schema, value_of
from tests.unit.contracts.schemas.asking import again, avro, jsons, proto

SEEDS = st.integers(0, 2**32)


def normalized(of: SchemaText) -> SchemaText:
    return SchemaText(of.kind, read_schema(of).normalized, of.references)


def assert_stable(of: SchemaText) -> None:
    read = read_schema(of)
    assert again(read, of).normalized == read.normalized


@given(SEEDS)
def test_normalized_json_schema_takes_the_same_values(seed: int) -> None:
    random = Random(seed)
    of = jsons(schema(random))
    assert_stable(of)
    judges = [SchemaJudge(json.loads(each), "7", formats=False) for each in (of.text, normalized(of).text)]
    for _ in range(10):
        row = json.dumps(value_of(json.loads(of.text), random)).encode()
        assert judges[0].judge(row).accepted is judges[1].judge(row).accepted


@given(test_avro.SHAPES, st.randoms(use_true_random=False))
def test_normalized_avro_schema_writes_and_reads_the_same_bytes(shape: Any, random: Random) -> None:
    of = avro(test_avro.record(test_avro.field("x", test_avro.spelt(shape, [])), name="n.s.R"))
    assert_stable(of)
    one, other = parse_avro(of.text), parse_avro(normalized(of).text)
    plain, sorted_ = (fastavro.parse_schema(json.loads(each)) for each in (of.text, normalized(of).text))
    for _ in range(4):
        value = test_avro.drawn(one, random)
        row = encoded(value, one)
        assert encoded(value, other) == row
        rows = [fastavro.schemaless_reader(io.BytesIO(row), each, None) for each in (plain, sorted_)]
        assert rows[0] == rows[1]


@given(test_avro.SHAPES, test_avro.SHAPES)
def test_resolved_avro_schema_reads_what_its_references_do(shape: Any, inner: Any) -> None:
    part = test_avro.record(test_avro.field("y", test_avro.spelt(inner, [0] * 50)), name="p.Part")
    whole = test_avro.record(
        test_avro.field("x", test_avro.spelt(shape, [])),
        *(test_avro.field(name, ["null", "p.Part"]) for name in "ab"),
        name="q.Whole",
    )
    of = avro(whole, part=part)
    resolved = SchemaText(Kind.AVRO, formatted(of, "resolved"))
    assert check(resolved, [of], Mode.FULL).is_compatible
    assert read_schema(resolved).name == "q.Whole"


@given(SEEDS)
def test_protobuf_that_is_printed_or_sent_reads_the_same_bytes(seed: int) -> None:
    random = Random(seed)
    of = proto(test_protobuf.drawn(random))
    assert_stable(of)
    texts = (of.text, normalized(of).text, formatted(of, "serialized"))
    one, *others = (class_of(read_file(each, {}), "p.M") for each in texts)
    for _ in range(3):
        row = test_protobuf.filled(one, random).SerializeToString(deterministic=True)
        assert [each.FromString(row).SerializeToString(deterministic=True) for each in others] == [row, row]


@given(SEEDS)
def test_text_of_a_descriptor_is_that_descriptor(seed: int) -> None:
    of = proto(test_protobuf.drawn(Random(seed)))
    sent = formatted(of, "serialized")
    kept = read_schema(proto(sent)).text
    assert formatted(proto(kept), "serialized") == sent
    assert FileDescriptorProto.FromString(base64.b64decode(sent)).package == "p"


@given(SEEDS)
def test_normalizing_changes_no_verdict_of_json(seed: int) -> None:
    random = Random(seed)
    old = schema(random)
    pair = jsons(old), jsons(changed(old, random))
    assert _verdict(*pair) == _verdict(*map(normalized, pair))


@given(SEEDS)
def test_normalizing_changes_no_verdict_of_protobuf(seed: int) -> None:
    random = Random(seed)
    pair = proto(test_protobuf.drawn(random)), proto(test_protobuf.drawn(random))
    assert _verdict(*pair) == _verdict(*map(normalized, pair))


@given(test_avro.SHAPES, test_avro.SHAPES)
def test_normalizing_changes_no_verdict_of_avro(one: Any, other: Any) -> None:
    pair = avro(test_avro.spelt(one, [])), avro(test_avro.spelt(other, []))
    assert _verdict(*pair) == _verdict(*map(normalized, pair))


def _verdict(old: SchemaText, new: SchemaText) -> list[str]:
    return [each.outcome for each in check(new, [old], Mode.FULL).comparisons]
