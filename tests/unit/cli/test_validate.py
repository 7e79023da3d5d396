"""A file of records is judged as the stream would, record by record."""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assay.cli.__main__ import app
from assay.cli.candidates.candidate import Oversized, UnreadableError
from assay.cli.candidates.container import container_records
from assay.cli.candidates.delimited import messages
from assay.cli.candidates.lines import base64_lines, json_lines
from assay.contracts import load
from assay.contracts.avro_schema import avro_schema
from assay.testkit.builders import contract_text

GOOD = b'{"id": "a", "amount": 1}'
BAD = b'{"id": 1, "amount": "secret"}'
SYNC = bytes(range(16))


def validate(folder: Path, records: bytes | None, *options: str, limit: int = 1024) -> Result:
    (folder / "orders.odcs.yaml").write_bytes(contract_text("orders", maxRecordBytes=limit))
    if records is not None:
        (folder / "records").write_bytes(records)
    arguments = ["validate", "--contract", str(folder / "orders.odcs.yaml"), str(folder / "records"), *options]
    return CliRunner().invoke(app, arguments)


def verdicts(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_record_has_its_verdict_on_a_line(tmp_path: Path) -> None:
    result = validate(tmp_path, GOOD + b"\n" + BAD + b"\n{\n", "--json")

    assert result.exit_code == 1
    assert [(one["record"], one["accepted"], one["reason"]) for one in verdicts(result)] == [
        (1, True, None),
        (2, False, "schema"),
        (3, False, "malformed"),
    ]
    assert verdicts(result)[1]["violations"] == [
        {"path": "/id", "rule": "type", "expected": "string", "found": "integer"},
        {"path": "/amount", "rule": "type", "expected": "integer or null", "found": "string of 6 characters"},
    ]


def test_accepted_records_exit_with_0(tmp_path: Path) -> None:
    assert validate(tmp_path, GOOD + b"\r\n\n" + GOOD, "--json").exit_code == 0


def test_records_come_from_stdin_too(tmp_path: Path) -> None:
    (tmp_path / "orders.odcs.yaml").write_bytes(contract_text("orders"))
    arguments = ["validate", "--contract", str(tmp_path / "orders.odcs.yaml"), "-", "--json"]

    result = CliRunner().invoke(app, arguments, input=GOOD + b"\n" + GOOD)

    assert (result.exit_code, len(verdicts(result))) == (0, 2)


def test_people_read_counts_and_the_first_violations_and_no_value(tmp_path: Path) -> None:
    result = validate(tmp_path, (GOOD + b"\n") * 3 + BAD + b"\n")

    assert result.exit_code == 1
    assert "accepted" in result.stdout
    assert "record 4: /id: type: expected string, found integer" in result.stdout
    assert "secret" not in result.stdout


def test_line_above_the_size_of_the_contract_is_too_large_and_the_next_is_judged(tmp_path: Path) -> None:
    long = b'{"id": "' + b"a" * 200_000 + b'"}'

    large, good = verdicts(validate(tmp_path, long + b"\n" + GOOD, "--json"))

    assert (large["reason"], good["accepted"]) == ("too_large", True)
    assert large["violations"] == [
        {"path": "", "rule": "maxRecordBytes", "expected": "at most 1024 bytes", "found": f"{len(long)} bytes"}
    ]


@pytest.mark.parametrize("size", [9, 10, 11, 12, 13])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\nnext"])
def test_limit_is_exact_whatever_ends_the_line(size: int, end: bytes) -> None:
    found = next(json_lines(io.BytesIO(b"a" * size + end), 10))

    assert found == (b"a" * size if size <= 10 else Oversized(size))


def test_file_that_is_not_there_or_no_contract_exits_with_2(tmp_path: Path) -> None:
    assert validate(tmp_path, None).exit_code == 2
    (tmp_path / "no.odcs.yaml").write_text("id: x")
    (tmp_path / "records").write_bytes(GOOD)
    broken = ["validate", "--contract", str(tmp_path / "no.odcs.yaml"), str(tmp_path / "records")]

    assert CliRunner().invoke(app, broken).exit_code == 2


def test_base64_lines_are_decoded(tmp_path: Path) -> None:
    result = validate(tmp_path, base64.b64encode(GOOD) + b"\n" + base64.b64encode(BAD), "--base64", "--json")

    assert [one["accepted"] for one in verdicts(result)] == [True, False]


@pytest.mark.parametrize("text", [b"YQ==\n\nYg==", b"YQ==\r\n\r\nYg==\r\n", b"YQ==\n \nYg==\n"])
def test_empty_line_of_base64_is_a_record_of_no_bytes(text: bytes) -> None:
    assert list(base64_lines(io.BytesIO(text), 30)) == [b"a", b"", b"b"]


def test_record_of_no_bytes_has_its_verdict(tmp_path: Path) -> None:
    assert [one["reason"] for one in verdicts(validate(tmp_path, b"\n", "--base64", "--json"))] == ["malformed"]


def test_line_that_is_no_base64_exits_with_2_and_is_named(tmp_path: Path) -> None:
    result = validate(tmp_path, base64.b64encode(GOOD) + b"\n!\n", "--base64")

    assert result.exit_code == 2
    assert "line 2 is no base64" in result.stderr


def test_base64_above_the_limit_is_not_held() -> None:
    found = list(base64_lines(io.BytesIO(base64.b64encode(b"a" * 3000) + b"\nYQ==\n"), 30))

    assert found == [Oversized(3000), b"a"]


def test_plain_schema_judges_any_value(tmp_path: Path) -> None:
    schema, records = tmp_path / "schema.json", tmp_path / "records"
    schema.write_text('{"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}')
    records.write_text('1\n"a"\n{\n')

    result = CliRunner().invoke(app, ["validate", "--schema", str(schema), str(records), "--json"])

    assert result.exit_code == 1
    assert [one["reason"] for one in verdicts(result)] == [None, "schema", "malformed"]


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ([], ["schema", "schema"]),
        (["--draft", "7"], [None, "schema"]),
        (["--no-formats"], ["schema", None]),
    ],
)
def test_plain_schema_is_read_by_the_draft_that_is_said(
    tmp_path: Path, options: list[str], reasons: list[str | None]
) -> None:
    schema, records = tmp_path / "schema.json", tmp_path / "records"
    schema.write_text('{"properties": {"a": {"prefixItems": [false]}, "d": {"format": "date"}}}')
    records.write_text('{"a": [1]}\n{"d": "x"}\n')

    result = CliRunner().invoke(app, ["validate", "--schema", str(schema), str(records), "--json", *options])

    assert [one["reason"] for one in verdicts(result)] == reasons


def by_schema(folder: Path, schema: str, *options: str) -> Result:
    (folder / "schema.json").write_text(schema)
    (folder / "records").write_text('1\n"a"\n')
    arguments = ["validate", "--schema", str(folder / "schema.json"), str(folder / "records"), "--json"]
    return CliRunner().invoke(app, [*arguments, *options])


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A folder of schemas that others refer to."""
    (folder := tmp_path / "day=1" / "schemas").joinpath("inner").mkdir(parents=True)
    (folder / "inner" / "whole.json").write_text('{"$id": "urn:whole", "type": "integer"}')
    (folder / "alias.json").write_text('{"$ref": "inner/whole.json"}')
    (folder / "notes.txt").write_text("no schema")
    return folder


@pytest.mark.parametrize(
    ("reference", "resource"),
    [
        ("http://example.org/alias.json", "http://example.org/={}"),
        ("http://example.org/alias.json", "http://example.org={}"),
        ("http://example.org/?v=1#/type", "http://example.org/?v=1={}/whole"),
        ("urn:whole", "{}"),
        ("urn:whole", "{}/inner/whole.json"),
        ("urn:x", "urn:x={}/inner/whole.json"),
        ("whole.json", "whole.json={}/inner/whole.json"),
    ],
)
def test_schema_that_another_refers_to_is_found_in_a_file(
    tmp_path: Path, schemas: Path, reference: str, resource: str
) -> None:
    (schemas / "whole").write_text('{"type": {"type": "integer"}}')

    result = by_schema(tmp_path, json.dumps({"$ref": reference}), "--resource", resource.format(schemas))

    assert [one["reason"] for one in verdicts(result)] == [None, "schema"]


def test_schema_that_nobody_gives_exits_with_2(tmp_path: Path, schemas: Path) -> None:
    result = by_schema(tmp_path, '{"$ref": "urn:y"}', "--resource", f"urn:x={schemas}/alias.json")

    assert result.exit_code == 2
    assert "urn:y" in result.stderr


@pytest.mark.parametrize("resource", ["urn:x=nowhere.json", "nowhere.json", "urn:x={}/notes.txt", "{}/alias.json"])
def test_resource_that_is_no_schema_exits_with_2_and_is_named(tmp_path: Path, schemas: Path, resource: str) -> None:
    result = by_schema(tmp_path, "true", "--resource", resource.format(schemas))

    assert result.exit_code == 2
    assert resource.rpartition("/")[2].rpartition("=")[2] in result.stderr


def test_resources_are_for_a_plain_schema(tmp_path: Path) -> None:
    assert validate(tmp_path, GOOD, "--resource", "urn:x=x").exit_code == 2


@pytest.mark.parametrize("text", ["{", '{"type": "integr"}'])
def test_file_that_is_no_schema_exits_with_2(tmp_path: Path, text: str) -> None:
    (tmp_path / "schema.json").write_text(text)
    (tmp_path / "records").write_text("1")

    arguments = ["validate", "--schema", str(tmp_path / "schema.json"), str(tmp_path / "records")]

    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_one_thing_to_judge_by_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("1")

    assert CliRunner().invoke(app, ["validate", str(tmp_path / "records")]).exit_code == 2


def test_messages_stand_behind_their_length() -> None:
    file = io.BytesIO(b"\x03abc" + b"\x00" + b"\xac\x02" + b"x" * 300 + b"\x01z")

    assert list(messages(file, 10)) == [b"abc", b"", Oversized(300), b"z"]


@pytest.mark.parametrize("broken", [b"\x03ab", b"\x80", b"\xff" * 11, b"\xac\x02x"])
def test_messages_that_are_cut_short_are_unreadable(broken: bytes) -> None:
    with pytest.raises(UnreadableError):
        list(messages(io.BytesIO(broken), 10))


CONTRACT = load(contract_text("orders"))
SCHEMA = avro_schema(CONTRACT)
ROWS = [b"\x02a\x02\x04", b"\x04bc\x00"]  # id, then the branch of amount: a long, null


def varint(number: int) -> bytes:
    rest, out = (number << 1) ^ (number >> 63), b""
    while rest > 0x7F:
        rest, out = rest >> 7, out + bytes([rest & 0x7F | 0x80])
    return out + bytes([rest])


def sized(value: bytes) -> bytes:
    return varint(len(value)) + value


def container(rows: list[bytes], schema: object, codec: str = "null") -> bytes:
    body = b"".join(rows)
    if codec == "deflate":
        body = zlib.compress(body, wbits=-15)
    said = {b"avro.schema": json.dumps(schema).encode(), b"avro.codec": codec.encode()}
    pairs = b"".join(sized(name) + sized(value) for name, value in said.items())
    return b"Obj\x01" + varint(len(said)) + pairs + b"\x00" + SYNC + varint(len(rows)) + sized(body) + SYNC


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_container_gives_each_record_as_its_own_bytes(codec: str) -> None:
    assert list(container_records(io.BytesIO(container(ROWS, SCHEMA, codec)), SCHEMA, 100)) == ROWS


def test_documentation_of_a_schema_does_not_make_it_another() -> None:
    file = container(ROWS, SCHEMA | {"doc": "as of today"})

    assert list(container_records(io.BytesIO(file), SCHEMA, 100)) == ROWS


def test_records_of_a_container_are_judged_each(tmp_path: Path) -> None:
    result = validate(tmp_path, container(ROWS, SCHEMA), "--format", "avro", "--json")

    assert (result.exit_code, [one["accepted"] for one in verdicts(result)]) == (0, [True, True])


def test_messages_are_judged_each(tmp_path: Path) -> None:
    good, bad = b"\x0a\x01a", b"\x10\x02"  # field 1, a string; field 2 alone, so the required one is absent

    result = validate(tmp_path, b"\x03" + good + b"\x02" + bad, "--format", "protobuf", "--json")

    assert [one["accepted"] for one in verdicts(result)] == [True, False]


def test_container_of_another_schema_is_refused_as_a_whole() -> None:
    other = {"type": "record", "name": "Orders", "fields": [{"name": "id", "type": "string"}]}

    with pytest.raises(UnreadableError, match="another schema than the contract's"):
        next(container_records(io.BytesIO(container([b"\x02a"], other)), SCHEMA, 100))


@pytest.mark.parametrize(
    "broken",
    [b"", b"PAR1", container(ROWS, SCHEMA)[:-20], container(ROWS, SCHEMA)[:60], container([*ROWS, b"\x02"], SCHEMA),
     container(ROWS, SCHEMA, "snappy"), container(ROWS, SCHEMA) + b"\x02\x01"],
)  # fmt: skip
def test_container_that_is_none_or_broken_is_unreadable(broken: bytes) -> None:
    with pytest.raises(UnreadableError):
        list(container_records(io.BytesIO(broken), SCHEMA, 100))
