"""`assay contract export`, `codegen`, `import`, `infer` and `docs`: contracts to and from other forms."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assay.contracts.drafts import Settled

__all__ = ["codegen", "docs", "export", "import_", "infer"]

_FORMS = "python, avro, json-schema, protobuf, duckdb, postgres, spark"


def export(
    file: Annotated[Path, typer.Argument(help="Contract file (*.odcs.yaml).", exists=True, dir_okay=False)],
    to: Annotated[str, typer.Option(help=f"odcs-3.0, odcs-3.1, odcs-3.2, {_FORMS}.", metavar="FORM")],
    output: Annotated[Path | None, typer.Option(help="File to write; stdout without it.", dir_okay=False)] = None,
) -> None:
    """Write a contract in another form: a version of ODCS, a schema, a table in SQL, or Python.

    Older versions of ODCS carry what they have no place for: `assay contract import` brings all of it back.
    """
    from assay.cli.contracts import loaded
    from assay.cli.forms.files import in_form, saved

    text = in_form(loaded([file])[0], to)
    if output is None:
        typer.echo(text, nl=False)
    else:
        saved(output, text)


def import_(
    file: Annotated[
        Path, typer.Argument(help="ODCS 3.0 to 3.2, .avsc, JSON Schema or .proto.", exists=True, dir_okay=False)
    ],
    form: Annotated[
        str | None,
        typer.Option("--from", help="odcs, avro, json-schema or protobuf; else as the file is named.", metavar="FORM"),
    ] = None,
    contract: Annotated[str, typer.Option("--id", help="Id of the contract; else as the schema is named.")] = "",
    record: Annotated[
        str | None, typer.Option(help="Of several objects or messages, the one the contract is about.")
    ] = None,
    reference: Annotated[
        list[str] | None, typer.Option(help="A schema that it refers to, NAME=FILE; as often as needed.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; stdout without it.", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of the file.")] = False,
) -> None:
    """Draft a contract from another schema; the draft lints.

    What a contract cannot say is listed in comments at the head of the draft, never dropped silently.
    """
    from assay.cli.forms.importing import imported

    _give(imported(file, form, contract, record, reference or []), output, as_json=as_json)


def infer(
    file: Annotated[
        Path | None,
        typer.Argument(help="Records: .ndjson, .jsonl, .json, .csv or .parquet, .gz too.", exists=True, dir_okay=False),
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Records of a topic instead; no group is joined.")] = None,
    subject: Annotated[str | None, typer.Option(help="The newest schema of a subject instead.")] = None,
    contract: Annotated[str, typer.Option("--id", help="Id of the contract; else as the source is named.")] = "",
    last: Annotated[
        int, typer.Option(help="Records to read, of a topic the newest of each partition.", min=1, max=1_000_000)
    ] = 1_000,
    broker: Annotated[str | None, typer.Option(help="Kafka broker, HOST:PORT; else the one of `assay up`.")] = None,
    schema_registry: Annotated[
        str, typer.Option(help="URL that gives schemas by id, for framed records.", envvar="ASSAY_SCHEMA_REGISTRY")
    ] = "http://127.0.0.1:8081",
    output: Annotated[Path | None, typer.Option(help="File to write; stdout without it.", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of the file.")] = False,
) -> None:
    """Draft a contract from real records: of a file, of a topic, or from a registered schema. The draft lints.

    Each guess is a comment that says what it stands on; of a field that looks personal no value is shown.
    """
    from assay.cli.forms.inferring import from_file, from_subject, from_topic
    from assay.cli.forms.schemas import Schemas
    from assay.cli.where import broker_of

    if sum(each is not None for each in (file, topic, subject)) != 1:
        raise typer.BadParameter("name one source: a FILE, --topic or --subject")
    if file is not None:
        found = from_file(file, contract, last)
    elif topic is not None:
        found = asyncio.run(from_topic(broker_of(broker), topic, Schemas(schema_registry), contract, last))
    else:
        found = from_subject(Schemas(schema_registry), subject or "", contract)
    _give(found.made, output, as_json=as_json, records=found.records)


def _give(made: Settled, output: Path | None, *, as_json: bool, **facts: int) -> None:
    """Write a draft to its file or to stdout, and say how much of the source it could not take over."""
    from assay.cli.forms.files import saved

    text = made.text.decode()
    if output is not None:
        saved(output, text)
    if as_json:
        typer.echo(json.dumps({**facts, "text": text, "left_out": made.left_out}))
    elif output is None:
        typer.echo(text, nl=False)
    count = len(made.left_out)
    typer.echo(f"{f'{count} left out, each in a comment at the head' if count else 'nothing was left out'}", err=True)


def codegen(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Contract files (*.odcs.yaml), or folders of them.", exists=True, metavar="PATH…"),
    ],
    output: Annotated[Path, typer.Option(help="Folder for the files.", file_okay=False)],
    to: Annotated[list[str] | None, typer.Option(help=f"{_FORMS}; as often as needed.", metavar="FORM")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 where a file differs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")] = False,
) -> None:
    """Make code of contracts: typed Python without `--to`, else schemas and tables too.

    The same contracts give the same files. What differs is written; `--check` only says so, for CI.
    """
    from assay.cli.contracts import loaded
    from assay.cli.forms.files import made, written

    files = made(loaded(paths), to or ["python"], output)
    done = [written(path, text, check=check) for path, text in files.items()]
    differs = check and any(one.differs for one in done)
    if as_json:
        typer.echo(json.dumps({"ok": not differs, "files": [asdict(one) for one in done]}))
    else:
        for one in done:
            typer.echo(one.in_words(check=check))
    raise typer.Exit(1 if differs else 0)


def docs(
    output: Annotated[Path, typer.Option(help="Folder for the pages.", file_okay=False)],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Contract files (*.odcs.yaml), or folders of them.", exists=True, metavar="PATH…"),
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option(help="Registry, HOST:PORT, for the versions before; without PATH the one of `assay up`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of lines.")] = False,
) -> None:
    """Make a page of each contract: what it promises, its fields, where it comes from, who reads it, what changed.

    Static HTML that loads nothing. Files of one contract id are versions of it; a registry adds those it has.
    """
    from assay.cli.contracts import loaded
    from assay.cli.forms.files import written
    from assay.cli.forms.pages import page_files, published
    from assay.cli.where import address_of

    contracts = loaded(paths) if paths else []
    if registry or not paths:
        contracts += asyncio.run(published(address_of("registry", registry)))
    done = [written(path, text, check=False) for path, text in page_files(contracts, output).items()]
    if as_json:
        typer.echo(json.dumps({"files": [asdict(one) for one in done]}))
    else:
        for one in done:
            typer.echo(one.in_words(check=False))
