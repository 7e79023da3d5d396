"""Features packed in vectors and in columns are the features that they were; a key is where Kafka puts it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from assay.api.models.v1.prediction_pb2 import FeatureColumns, NumberColumn, TextColumn
from assay.client.analytical import Answer, Feature, FeatureError, FeatureSchema, features_of, partition_of, unpacked
from assay.client.analytical.answer import Row
from assay.client.analytical.columns import batch, frame_bytes
from assay.client.analytical.features import Value, packed
from assay.client.analytical.rows import vector
from assay.client.analytical.setting import Setting
from assay.contracts import Judge
from assay.contracts.analytical import Model, contracts_of
from assay.contracts.loading import load

TYPES: dict[str, st.SearchStrategy[Value]] = {
    "number": st.floats(allow_infinity=False),
    "integer": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
}
SCHEMAS = st.lists(
    st.builds(Feature, st.text("abcdef", min_size=1, max_size=3), st.sampled_from(["number", "integer", "boolean", "string"])),
    min_size=1,
    max_size=9,
    unique_by=lambda each: each.name,
).map(FeatureSchema)  # fmt: skip
ROWS = SCHEMAS.flatmap(
    lambda schema: st.tuples(
        st.just(schema),
        st.lists(
            st.fixed_dictionaries({each.name: st.none() | TYPES[each.type] for each in schema.features}),
            min_size=1,
            max_size=20,
        ),
    )
)


def rows(schema: FeatureSchema, features: list[dict[str, Value]]) -> list[Row]:
    return [
        Row(f"p{number}", 1_000 + number, Answer(0.25), packed(schema, each)) for number, each in enumerate(features)
    ]


def same(one: dict[str, Value], other: dict[str, Value]) -> bool:
    """Equal in names, values and types, and nan is nan."""
    return list(one) == list(other) and all(
        (a is None and b is None)
        or (isinstance(a, float) and isinstance(b, float) and (a == b or (math.isnan(a) and math.isnan(b))))
        or (type(a) is type(b) and a == b)
        for a, b in zip(one.values(), other.values(), strict=True)
    )


@given(ROWS)
def test_columns_hold_the_features_of_each_row(case: tuple[FeatureSchema, list[dict[str, Value]]]) -> None:
    schema, features = case
    message = batch(Setting("m", "1", schema), rows(schema, features))
    read = type(message).FromString(message.SerializeToString())

    found = list(features_of(read.features, schema))

    assert len(found) == len(features)
    assert all(same(each, {name: said[name] for name in each}) for each, said in zip(found, features, strict=True))


@given(ROWS)
def test_a_vector_holds_the_features_of_its_row(case: tuple[FeatureSchema, list[dict[str, Value]]]) -> None:
    schema, features = case
    for row, said in zip(rows(schema, features), features, strict=True):
        made = vector(Setting("m", "1", schema), row)
        found = unpacked(schema, made.numbers, made.texts, made.present, made.not_finite)
        assert same(found, {name: said[name] for name in found})


@given(ROWS)
def test_any_batch_keeps_the_contract_of_its_model(case: tuple[FeatureSchema, list[dict[str, Value]]]) -> None:
    schema, features = case
    contract = load(contracts_of(Model("m", schema))["m.predictions.odcs.yaml"].encode())
    message = batch(Setting.of(contract, "1"), rows(schema, features))

    assert Judge(contract).judge(message.SerializeToString()).violations == ()


@given(ROWS)
def test_the_size_of_a_batch_is_known_before_it_is_made(case: tuple[FeatureSchema, list[dict[str, Value]]]) -> None:
    schema, features = case
    setting = Setting("m", "1", schema)
    full = Answer(0.5, "l" * 9, (0.5, 0.5), 1e9, 1e9, "cancelled", "E" * 9, True, "e" * 9, "u" * 9)
    listed = [replace(row, answer=full, at_ms=row.at_ms << 20) for row in rows(schema, features)]

    message = batch(setting, listed)

    assert message.ByteSize() <= frame_bytes(setting) + sum(row.size_bytes for row in listed)


@given(st.text(min_size=1, max_size=40).filter(lambda key: key.isprintable()), st.integers(1, 64))
def test_a_key_is_where_kafkas_clients_put_it(key: str, partitions: int) -> None:
    assert partition_of(key, partitions) == (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def test_infinity_is_not_finite_and_not_missing() -> None:
    schema = FeatureSchema((Feature("x"),))
    made = batch(Setting("m", "1", schema), rows(schema, [{"x": math.inf}, {"x": 1.0}, {}]))

    (column,) = made.features.numbers
    assert ([*column.values], column.present, column.not_finite) == ([0.0, 1.0, 0.0], b"\x03", b"\x01")


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ({"age": "old"}, "feature 'age' is str, its type is number"),
        ({"city": 1}, "feature 'city' is int, its type is string"),
        ({"agee": 1}, "feature 'agee' is not in the model's contract; did you mean 'age'"),
    ],
)
def test_features_of_another_model_are_refused_by_name(features: dict[str, Value], says: str) -> None:
    with pytest.raises(FeatureError, match=says):
        packed(FeatureSchema((Feature("age"), Feature("city", "string"))), features)


SCHEMA = FeatureSchema((Feature("x"), Feature("t", "string")))


@pytest.mark.parametrize(
    "columns",
    [
        FeatureColumns(schema_id="other"),
        FeatureColumns(schema_id=SCHEMA.id),
        FeatureColumns(schema_id=SCHEMA.id, numbers=[NumberColumn(values=[1])], texts=[TextColumn(codes=[0, 0])]),
        FeatureColumns(schema_id=SCHEMA.id, numbers=[NumberColumn(values=[1])], texts=[TextColumn(codes=[3])]),
    ],
)
def test_columns_that_do_not_fit_are_refused_when_read(columns: FeatureColumns) -> None:
    with pytest.raises(FeatureError):
        list(features_of(columns, SCHEMA))
