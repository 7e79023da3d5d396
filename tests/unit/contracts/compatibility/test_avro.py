"""Avro by the rules of schema resolution: each row of the table, both ways where there are two."""

from __future__ import annotations

import contextlib
import io
import json
from random import Random
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import SchemaError
from assay.contracts.compatibility import Kind, Mode, Outcome, SchemaText, check
from assay.contracts.compatibility.avro import AvroType, parse_avro
from assay.contracts.compatibility.avro.samples import Branch, encoded
from assay.contracts.compatibility.avro.spelling import spelled
from tests.unit.contracts.compatibility.asking import avro, rules
from tests.unit.contracts.compatibility.values import damaged


def record(*fields: Any, name: str = "R", **more: Any) -> Any:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, of: Any, **more: Any) -> Any:
    return {"name": name, "type": of, **more}


def enum(*symbols: str, name: str = "E", **more: Any) -> Any:
    return {"type": "enum", "name": name, "symbols": list(symbols), **more}


PROMOTED = [
    ("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"), ("float", "double"),
    ("string", "bytes"), ("bytes", "string"),
]  # fmt: skip
PLAIN = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]


@pytest.mark.parametrize("old", PLAIN)
@pytest.mark.parametrize("new", PLAIN)
def test_primitive_is_read_as_itself_or_promoted(old: str, new: str) -> None:
    expected = old == new or (old, new) in PROMOTED
    assert (avro(old, new).outcome is Outcome.COMPATIBLE) is expected


READ = {
    "namespace moved": (record(name="a.R"), record(name="b.R")),
    "alias of a record": (record(name="a.Old"), record(name="a.New", aliases=["Old"])),
    "alias of a field": (record(field("x", "int")), record(field("y", "int", aliases=["x"]))),
    "field with default added": (record(), record(field("x", "int", default=1))),
    "null as a default": (record(), record(field("x", ["null", "int"], default=None))),
    "field removed": (record(field("x", "int")), record()),
    "field promoted": (record(field("x", "int")), record(field("x", "double"))),
    "namespace of an enum": (enum("A", namespace="a"), enum("A", namespace="b")),
    "alias of an enum": (enum("A"), enum("A", name="F", aliases=["E"])),
    "symbol added": (enum("A"), enum("A", "B")),
    "symbol removed with a default": (enum("A", "B"), enum("A", default="A")),
    "fixed": ({"type": "fixed", "name": "F", "size": 2}, {"type": "fixed", "name": "G", "size": 2, "aliases": ["F"]}),
    "items": ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}),
    "values": ({"type": "map", "values": "int"}, {"type": "map", "values": "long"}),
    "into a union": ("int", ["null", "long"]),
    "out of a union": (["int", "long"], "double"),
    "union widened": (["null", "int"], ["string", "null", "long"]),
    "empty union": ([], "int"),
    "circle": (
        record(field("next", ["null", "R"], default=None), field("v", "int")),
        record(field("next", ["null", "R"], default=None), field("v", "long")),
    ),
    "doc and order": (record(field("x", "int")), record(field("x", "int", doc="d", order="ignore"), doc="d")),
    "error": ({"type": "error", "name": "R", "fields": []}, record()),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_reader_reads(name: str) -> None:
    assert avro(*READ[name]).outcome is Outcome.COMPATIBLE


BROKEN: dict[str, tuple[Any, Any, str, str]] = {
    "other name": (record(name="a.Old"), record(name="a.New"), "/name", "avro-name-changed"),
    "alias in another namespace": (
        record(name="a.Old"), record(name="b.New", aliases=["Old"]), "/name", "avro-name-changed",
    ),
    "no default": (record(), record(field("x", "int")), "/fields/0", "avro-field-without-default"),
    "type of a field": (
        record(field("x", "long")), record(field("x", "int")), "/fields/0/type", "avro-type-changed",
    ),
    "other name of an enum": (enum("A"), enum("A", name="F"), "/name", "avro-name-changed"),
    "other name of a fixed": (
        {"type": "fixed", "name": "F", "size": 2}, {"type": "fixed", "name": "G", "size": 2}, "/name", "avro-name-changed",
    ),
    "array to map": (
        {"type": "array", "items": "int"}, {"type": "map", "values": "int"}, "", "avro-type-changed",
    ),
    "symbol removed": (enum("A", "B"), enum("A"), "/symbols", "avro-symbol-missing"),
    "size": (
        {"type": "fixed", "name": "F", "size": 2}, {"type": "fixed", "name": "F", "size": 3}, "/size",
        "avro-size-changed",
    ),
    "items": ({"type": "array", "items": "long"}, {"type": "array", "items": "int"}, "/items", "avro-type-changed"),
    "values": ({"type": "map", "values": "long"}, {"type": "map", "values": "int"}, "/values", "avro-type-changed"),
    "not in the union": ("string", ["null", "int"], "", "avro-branch-missing"),
    "union narrowed": (["null", "int"], ["int", "string"], "", "avro-branch-missing"),
    "union to plain": (["null", "int"], "int", "", "avro-type-changed"),
    "inside a branch": (
        ["null", record(field("x", "long"))], ["null", record(field("x", "int"))], "/1/fields/0/type",
        "avro-type-changed",
    ),
    "behind a circle": (
        record(field("next", ["null", "R"]), field("v", "long")),
        record(field("next", ["null", "R"]), field("v", "int")),
        "/fields/1/type", "avro-type-changed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_break_says_where_and_why_and_shows_a_document(name: str) -> None:
    old, new, path, rule = BROKEN[name]
    comparison = avro(old, new)
    assert comparison.outcome is Outcome.INCOMPATIBLE
    assert rules(comparison) == [(path, rule)]
    (found,) = comparison.breaks
    assert found.message
    assert found.passes
    assert found.document or name in UNSHOWN


UNSHOWN = {"alias in another namespace"}
"""fastavro reads these though the specification has it otherwise: no proof, no document."""


def test_document_of_a_break_is_what_was_written() -> None:
    old = record(field("a", "string"), field("b", {"type": "array", "items": ["null", "long"]}))
    new = record(field("b", {"type": "array", "items": ["null", "string"]}))
    assert [json.loads(each.document) for each in avro(old, new).breaks] == [{"a": "", "b": [0]}]


def test_circle_taken_on_trust_hides_no_break() -> None:
    old = record(field("a", ["null", record(field("r", "R"), name="N")]), field("b", "long"))
    new = record(field("a", ["null", record(field("r", "R"), name="N")]), field("b", "int"))
    assert avro(old, new).outcome is Outcome.INCOMPATIBLE


def test_changed_logical_type_is_read_with_a_warning() -> None:
    old, new = ({"type": "long", "logicalType": f"timestamp-{unit}"} for unit in ("millis", "micros"))
    comparison = avro(record(field("at", old)), record(field("at", new)))
    assert comparison.outcome is Outcome.COMPATIBLE
    assert [(each.path, each.rule) for each in comparison.warned] == [
        ("/fields/0/type", "avro-logical-type-changed")
    ]  # fmt: skip


def test_named_types_come_from_references() -> None:
    (only,) = avro(record(field("x", "E")), record(field("x", "E")), enum("A")).breaks or (None,)
    assert only is None


WRONG = {
    "no JSON": "{",
    "unknown type": '"strnig"',
    "default outside the type": json.dumps(record(field("x", "int", default="1"))),
    "default outside 32 bits": json.dumps(record(field("x", "int", default=2**31))),
    "default outside the symbols": json.dumps(enum("A", default="B")),
    "union in a union": '["int", ["string"]]',
    "a branch twice": '["int", "int"]',
    "a field twice": json.dumps(record(field("x", "int"), field("x", "int"))),
    "no fields": '{"type": "record", "name": "R"}',
    "no name": '{"type": "record", "fields": []}',
    "no type": '{"name": "R"}',
    "a name twice": json.dumps(record(field("a", enum("A")), field("b", enum("A")))),
    "fixed without size": '{"type": "fixed", "name": "F"}',
    "deep": '{"type":"array","items":' * 200 + '"int"' + "}" * 200,
    "very deep": "[" * 100_000,
    "default as deep as Python goes": json.dumps(record(field("r", ["null", "R"], default=None))).replace(
        "null}", '{"r":' * 400 + "null" + "}" * 401
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_schema_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(SchemaError):
        check(SchemaText(Kind.AVRO, WRONG[name]), [], Mode.BACKWARD)


def test_default_that_was_registered_long_ago_stands_in_no_ones_way() -> None:
    assert avro(record(field("x", "int", default="1")), record(field("x", "int"))).outcome is Outcome.COMPATIBLE


def test_records_that_double_each_other_are_compared_once() -> None:
    parts = [record(field("a", "int"), name="R0")]
    parts += [record(field("a", f"R{n}"), field("b", f"R{n}"), name=f"R{n + 1}") for n in range(60)]
    comparison = avro("R60", record(field("z", "int"), name="R60x", aliases=["R60"]), *parts)
    assert rules(comparison) == [("/fields/0", "avro-field-without-default")]


@pytest.mark.timeout(20)
def test_records_that_hold_each_other_in_a_long_row_are_compared() -> None:
    def row(last: str) -> Any:
        links = (record(field("x", f"R{n - 1}"), name=f"R{n}") for n in range(1, 3_000))
        first = record(field("x", last), name="R0")
        return record(*(field(f"f{n}", each) for n, each in enumerate([first, *links])), name="R")

    assert rules(avro(row("long"), row("int")))[0] == ("/fields/0/type/fields/0/type", "avro-type-changed")


NAMES = ("a", "b", "c")


def types(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.lists(
        st.tuples(st.sampled_from(NAMES), inner, st.booleans()), max_size=3, unique_by=lambda each: each[0]
    )
    return st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda values: {"type": "map", "values": values}, inner),
        st.builds(lambda listed: ("record", listed), fields),
        st.builds(lambda branches: ("union", branches), st.lists(inner, min_size=1, max_size=3)),
    )


SHAPES = st.recursive(
    st.one_of(
        st.sampled_from([*PLAIN, "enum"]),
        st.builds(lambda symbols: ("enum", symbols), st.sets(st.sampled_from("ABC"), min_size=1)),
    ),
    types,
    max_leaves=6,
)


def spelt(shape: Any, names: list[int]) -> Any:
    """The schema of a shape; named types are numbered in the order in which they come."""
    match shape:
        case "enum":
            return spelt(("enum", {"A", "B"}), names)
        case ("enum", symbols):
            names.append(0)
            return {"type": "enum", "name": f"E{len(names)}", "symbols": sorted(symbols)}
        case ("record", fields):
            names.append(0)
            name = f"R{len(names)}"
            return record(*(_field(each, names) for each in fields), name=name)
        case ("union", branches):
            made = [spelt(each, names) for each in branches]
            flat = [part for each in made for part in (each if isinstance(each, list) else [each])]
            return list({json.dumps(_kind(each)): each for each in flat}.values())
        case {"type": kind, **rest}:
            return {"type": kind, **{key: spelt(each, names) for key, each in rest.items()}}
    return shape


def _kind(schema: Any) -> Any:
    return schema.get("name", schema["type"]) if isinstance(schema, dict) else schema


def _field(of: Any, names: list[int]) -> Any:
    name, shape, has_default = of
    if has_default:
        rest = spelt(shape, names)
        plain = [each for each in (rest if isinstance(rest, list) else [rest]) if each != "null"]
        return field(name, ["null", *plain], default=None)
    return field(name, spelt(shape, names))


def drawn(of: AvroType, random: Random) -> Any:
    """Any value of a type."""
    match of.kind:
        case "union":
            place = random.randrange(len(of.branches))
            return Branch(place, drawn(of.branches[place], random))
        case "record":
            return {each.name: drawn(each.type, random) for each in of.fields}
        case "enum":
            return random.choice(of.symbols)
        case "array" if of.items:
            return [drawn(of.items, random) for _ in range(random.randrange(3))]
        case "map" if of.items:
            return {name: drawn(of.items, random) for name in NAMES[: random.randrange(3)]}
    return random.choice(VALUES[of.kind])


@given(SHAPES, st.randoms(use_true_random=False))
def test_schema_that_is_damaged_has_a_verdict_or_is_refused(shape: Any, random: Random) -> None:
    old = record(field("x", spelt(shape, [])))
    with contextlib.suppress(SchemaError):
        avro(damaged(old, random), damaged(old, random) if random.random() < 0.5 else old)


VALUES: dict[str, list[Any]] = {
    "null": [None], "boolean": [True, False], "int": [0, -1, 2**31 - 1], "long": [0, -1, 2**63 - 1, -(2**63)],
    "float": [0.5], "double": [1e300], "bytes": [b"", b"a"], "string": ["", "a"],
}  # fmt: skip


@given(SHAPES, SHAPES, st.randoms(use_true_random=False))
def test_what_is_compatible_is_read(one: Any, other: Any, random: Random) -> None:
    old, new = spelt(one, []), spelt(random.choice([other, one]), [])
    if avro(old, new).outcome is Outcome.COMPATIBLE:
        writer, reader = parse_avro(json.dumps(old)), parse_avro(json.dumps(new))
        for _ in range(4):
            row = encoded(drawn(writer, random), writer)
            fastavro.schemaless_reader(io.BytesIO(row), spelled(writer), spelled(reader))
