"""Files of other schemas as drafts of contracts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from assay.cli.errors import CommandError
from assay.contracts import SchemaError
from assay.contracts.drafts import (
    Draft,
    Settled,
    from_avro,
    from_json_schema,
    from_odcs,
    from_protobuf,
    settled,
)
from assay.contracts.words import listed

__all__ = ["FORMS", "drafted", "imported"]

FORMS = ("odcs", "avro", "json-schema", "protobuf")
_SUFFIXES = {".avsc": "avro", ".proto": "protobuf", ".json": "json-schema", ".yaml": "odcs", ".yml": "odcs"}


def imported(file: Path, form: str | None, contract: str, record: str | None, references: Sequence[str]) -> Settled:
    """The contract that a file describes, as a draft that lints.

    Raises:
        typer.BadParameter: the form is none that is read, or the name of the file does not say it.
        CommandError: the file is no such schema.
        ContractError: it is no ODCS of a version that is read, or nothing of it can be a contract.
    """
    chosen = form or _SUFFIXES.get(file.suffix)
    if chosen not in FORMS:
        raise typer.BadParameter(f"say what {file} is: --from {listed(FORMS)}", param_hint="--from")
    text, given = file.read_bytes(), _references(references)
    if chosen == "odcs":
        return settled(from_odcs(text, str(file), record), _head(file.name))
    try:
        words = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: the file is not UTF-8; save it as UTF-8") from error
    try:
        return settled(drafted(chosen, words, contract, given, record), _head(file.name))
    except SchemaError as error:
        raise CommandError(f"{file}: {error}") from error


def drafted(form: str, text: str, contract: str, references: dict[str, str], message: str | None = None) -> Draft:
    """The draft of a schema.

    Raises:
        SchemaError: it is none, or not one of records.
    """
    if form == "avro":
        return from_avro(text, contract, references.values())
    if form == "protobuf":
        return from_protobuf(text, contract, references, message)
    return from_json_schema(text, contract, references)


def _head(name: str) -> tuple[str, ...]:
    return (f"Drafted from {name}. Read it, give it an owner and consumers, then set status: active.",)


def _references(said: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in said:
        name, is_named, path = each.partition("=")
        file = Path(path if is_named else name)
        if not file.is_file():
            raise CommandError(f"{file}: there is no such file; write --reference NAME=FILE")
        found[name if is_named else file.name] = file.read_text(encoding="utf-8")
    return found
