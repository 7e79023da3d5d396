"""`assay validate`: judge the records of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

__all__ = ["validate"]

UNUSABLE = 2

Form = Literal["json", "avro", "protobuf"]


def validate(
    records: Annotated[Path, typer.Argument(help="File of records, - for stdin.", metavar="RECORDS")],
    contract: Annotated[Path, typer.Option(help="Contract file to judge by.", exists=True, dir_okay=False)],
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
    from assay.cli.validating import as_line, by_contract, candidates, judged, opened
    from assay.contracts import ContractError, load

    try:
        by = load(contract.read_bytes(), str(contract))
    except ContractError as error:
        _stop(str(error))
    wire: Form = form or by.form
    tally = Tally()
    try:
        with opened(records) as file:
            found = candidates(file, wire, by, base64=base64)
            for one in judged(found, by_contract(by, wire), by.max_record_bytes):
                tally.add(one)
                if as_json:
                    sys.stdout.write(as_line(one) + "\n")
    except (UnreadableError, OSError) as error:
        _stop(f"{records}: {error}")
    if not as_json:
        show(tally, Console())
    raise typer.Exit(1 if tally.refused else 0)


def _stop(why: str) -> NoReturn:
    typer.echo(f"assay: {why}", err=True)
    raise typer.Exit(UNUSABLE)
