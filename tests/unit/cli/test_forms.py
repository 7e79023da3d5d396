"""`assay contract export`, `import`, `infer`, `codegen` and `docs`: exit codes, and what is on stdout."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from assay.cli.__main__ import app
from assay.cli.errors import CommandError
from assay.contracts import ContractError, SchemaError, lint
from assay.examples.flights import CONTRACTS

FLIGHTS = str(CONTRACTS / "flights.odcs.yaml")
ROWS = [{"id": f"A{number:03d}", "n": number % 5, "price": f"{number}.50"} for number in range(60)]


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["contract", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    "form",
    ["odcs-3.0", "odcs-3.1", "odcs-3.2", "avro", "json-schema", "protobuf", "duckdb", "postgres", "spark", "python"],
)
def test_every_form_is_exported(form: str, tmp_path: Path) -> None:
    code, text = run("export", FLIGHTS, "--to", form)
    assert code == 0
    assert "scheduled_departure" in text
    assert run("export", FLIGHTS, "--to", form, "--output", tmp_path / "made") == (0, "")
    assert (tmp_path / "made").read_text() == text


def test_an_unknown_form_is_wrong_usage() -> None:
    assert run("export", FLIGHTS, "--to", "thrift")[0] == 2
    assert run("codegen", FLIGHTS, "--to", "odcs-3.1", "--output", "x")[0] == 2


def test_a_contract_that_avro_cannot_hold_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "open.odcs.yaml"
    file.write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: one\nversion: 1.0.0\n"
        "schema: [{name: r, properties: [{name: any-thing, logicalType: object}]}]\n"
    )
    with pytest.raises(SchemaError, match=r"one 1\.0\.0: avro cannot name a field 'any-thing'"):
        run("export", file, "--to", "avro")


@pytest.mark.parametrize(("form", "suffix"), [("avro", "avsc"), ("json-schema", "json"), ("protobuf", "proto")])
def test_what_is_exported_is_imported(form: str, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"flights.{suffix}"
    run("export", FLIGHTS, "--to", form, "--output", file)
    code, text = run("import", file, "--id", "flights")
    assert (code, lint(text.encode())) == (0, [])


def test_an_import_as_json_has_the_text_and_what_was_left_out(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}))
    code, said = run("import", file, "--json")
    assert code == 0
    assert json.loads(said)["left_out"][0] == '/a: default "x"'


def test_a_file_that_is_no_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.avsc").write_text("{")
    with pytest.raises(CommandError, match=r"s\.avsc: the schema is no JSON"):
        run("import", tmp_path / "s.avsc")
    (tmp_path / "old.yaml").write_text("dataContractSpecification: 1.1.0\n")
    with pytest.raises(ContractError, match="convert it to ODCS v3 first"):
        run("import", tmp_path / "old.yaml")


def test_codegen_checks_for_ci(tmp_path: Path) -> None:
    arguments = ("codegen", CONTRACTS, "--output", tmp_path, "--to", "python", "--to", "avro")
    assert run(*arguments, "--check")[0] == 1
    assert not list(tmp_path.iterdir())
    assert run(*arguments)[0] == 0
    assert run(*arguments, "--check")[0] == 0
    (tmp_path / "flights.py").write_text("# edited\n")
    code, said = run(*arguments, "--check", "--json")
    assert (code, json.loads(said)["ok"]) == (1, False)


@pytest.mark.parametrize("kind", ["ndjson", "csv", "parquet", "ndjson.gz", "json"])
def test_a_file_of_records_becomes_a_draft(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"orders.{kind}"
    lines = "".join(f"{json.dumps(row)}\n" for row in ROWS)
    if kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(ROWS), file)
    elif kind == "csv":
        file.write_text("id,n,price\n" + "".join(f"{row['id']},{row['n']},{row['price']}\n" for row in ROWS))
    else:
        text = json.dumps(ROWS) if kind == "json" else lines
        file.write_bytes(gzip.compress(text.encode()) if kind.endswith(".gz") else text.encode())
    code, said = run("infer", file, "--json")
    found = json.loads(said)
    assert (code, found["records"], lint(found["text"].encode())) == (0, 60, [])
    assert "id: orders\n" in found["text"]
    assert 'pattern: "^A[0-9]{3}$"' in found["text"]


def test_a_source_must_be_named() -> None:
    assert run("infer")[0] == 2


def test_a_file_of_no_records_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_text("[1]\n")
    with pytest.raises(
        CommandError, match="there is no record to learn from; records that are no objects, or cannot be read: 1"
    ):
        run("infer", tmp_path / "x.ndjson")
    (tmp_path / "x.csv").write_bytes(b"a\n\xff\n")
    with pytest.raises(CommandError, match=r"x\.csv"):
        run("infer", tmp_path / "x.csv")


def test_pages_are_written_with_a_list(tmp_path: Path) -> None:
    code, said = run("docs", CONTRACTS, "--output", tmp_path, "--json")
    assert code == 0
    pages = [f"{name}.html" for name in ("delay-model.labels", "delay-model.predictions", "flights", "index", "planes")]
    assert len(json.loads(said)["files"]) == len(pages)
    assert sorted(file.name for file in tmp_path.iterdir()) == pages
