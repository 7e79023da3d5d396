"""`assay contract export`, `codegen` and `import`: contracts to and from other forms."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["codegen", "export", "import_"]

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
    from assay.cli.forms.files import saved
    from assay.cli.forms.importing import imported

    made = imported(file, form, contract, record, reference or [])
    text = made.text.decode()
    if output is not None:
        saved(output, text)
    if as_json:
        typer.echo(json.dumps({"text": text, "left_out": made.left_out}))
    elif output is None:
        typer.echo(text, nl=False)
    said = (
        f"{len(made.left_out)} things a contract cannot say; they are listed in it"
        if made.left_out
        else "all of it said"
    )
    typer.echo(f"{file}: {said}", err=True)


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
