"""`assay validate`: judge the records of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from assay.cli.validating import Judges
    from assay.contracts import Contract

__all__ = ["validate"]

UNUSABLE = 2
SCHEMA_LIMIT = 1024 * 1024
"""Bytes of one value, where no contract says how many there may be."""

Form = Literal["json", "avro", "protobuf"]
Draft = Literal["4", "6", "7", "2019-09", "2020-12"]


def validate(
    records: Annotated[Path, typer.Argument(help="File of records, - for stdin.", metavar="RECORDS")],
    contract: Annotated[Path | None, typer.Option(help="Contract file.", exists=True, dir_okay=False)] = None,
    schema: Annotated[Path | None, typer.Option(help="Plain JSON Schema.", exists=True, dir_okay=False)] = None,
    draft: Annotated[Draft | None, typer.Option(help="Draft of the schema; else the one that it names.")] = None,
    formats: Annotated[
        bool, typer.Option("--formats/--no-formats", help="Hold values to formats of the schema.")
    ] = True,
    resource: Annotated[
        list[str] | None,
        typer.Option(metavar="URI=PATH", help="Schemas that the schema refers to: a file, or a folder below the URI."),
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="Wire form; else that of the contract.")] = None,
    base64: Annotated[bool, typer.Option("--base64", help="Each line is one record in base64.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a record on stdout.")] = False,
) -> None:
    """Judge the records of a file by a contract, with the code of the validation service.

    JSON stands on lines (NDJSON), Avro in an object container file of the contract's schema, Protobuf in messages each
    behind its length (varint); any of them as base64 on lines with --base64.

    Exit code 0 when all are accepted, 1 when some are refused, 2 where a file can't be used.
    """
    from rich.console import Console

    from assay.cli.candidates.candidate import UnreadableError
    from assay.cli.tally import Tally, show
    from assay.cli.validating import as_line, candidates, judged, opened

    if (contract is None) == (schema is None):
        raise typer.BadParameter("say one of --contract FILE and --schema FILE")
    if contract and (draft or not formats or resource):
        raise typer.BadParameter("--draft, --no-formats and --resource are for --schema FILE")
    if contract:
        by, judges, limit = _by_contract(contract, form)
    else:
        by, judges, limit = _by_schema(schema, form, draft, resource or [], formats=formats)
    tally = Tally()
    try:
        with opened(records) as file:
            wire = form or (by.form if by else "json")
            for one in judged(candidates(file, wire, by, limit, base64=base64), judges, limit):
                tally.add(one)
                if as_json:
                    sys.stdout.write(as_line(one) + "\n")
    except (UnreadableError, OSError) as error:
        _stop(f"{records}: {error}")
    if not as_json:
        show(tally, Console())
    raise typer.Exit(1 if tally.refused else 0)


def _by_contract(file: Path, form: Form | None) -> tuple[Contract | None, Judges, int]:
    from assay.cli.validating import by_contract
    from assay.contracts import ContractError, load

    try:
        contract = load(file.read_bytes(), str(file))
    except ContractError as error:
        _stop(str(error))
    return contract, by_contract(contract, form or contract.form), contract.max_record_bytes


def _by_schema(
    file: Path | None, form: Form | None, draft: Draft | None, resource: list[str], *, formats: bool
) -> tuple[Contract | None, Judges, int]:
    from assay.cli.resources import ResourceError, resources
    from assay.cli.validating import by_schema
    from assay.contracts import SchemaError

    if file is None or form not in (None, "json"):
        raise typer.BadParameter("a JSON Schema judges JSON; leave --format out")
    try:
        judges = by_schema(file, SCHEMA_LIMIT, draft, formats=formats, resources=resources(resource))
    except ResourceError as error:
        _stop(str(error))
    except (SchemaError, ValueError) as error:
        _stop(f"{file}: {error}")
    return None, judges, SCHEMA_LIMIT


def _stop(why: str) -> NoReturn:
    typer.echo(f"assay: {why}", err=True)
    raise typer.Exit(UNUSABLE)
