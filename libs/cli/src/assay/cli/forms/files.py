"""Files that are made of contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from assay.cli.errors import CommandError
from assay.contracts import Contract
from assay.contracts.codegen import CODE, TARGETS
from assay.contracts.words import did_you_mean, listed

__all__ = ["Written", "in_form", "made", "saved", "written"]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was made: whether it was another before, or not there."""

    file: str
    differs: bool

    def in_words(self, *, check: bool) -> str:
        """Return it as a line."""
        return f"{self.file}: {('differs' if check else 'written') if self.differs else 'as it should be'}"


def in_form(contract: Contract, form: str) -> str:
    """The text of a contract in another form.

    Raises:
        typer.BadParameter: there is no such form.
    """
    if form not in TARGETS:
        raise typer.BadParameter(
            f"there is no form {form!r}{did_you_mean(form, TARGETS) or f'; use one of {listed(TARGETS)}'}"
        )
    return TARGETS[form].write(contract)


def made(contracts: Sequence[Contract], forms: Sequence[str], folder: Path) -> dict[Path, str]:
    """The files of all contracts in all forms, with what belongs in each.

    Raises:
        typer.BadParameter: there is no such form.
        CommandError: two contracts would have the same file.
    """
    files: dict[Path, str] = {}
    for form in dict.fromkeys(forms):
        if form not in CODE:
            raise typer.BadParameter(
                f"codegen makes no {form!r}; use one of {listed(CODE)}, or `assay contract export`"
            )
        for contract in contracts:
            path = folder / CODE[form].file_name(contract)
            if path in files:
                raise CommandError(f"{path}: contract {contract.id} is not the only one with this file; rename one")
            files[path] = CODE[form].file(contract)
    return files


def written(path: Path, text: str, *, check: bool) -> Written:
    """Write a file where it differs; with `check` only say whether it does."""
    differs = not path.is_file() or path.read_bytes() != text.encode()
    if differs and not check:
        saved(path, text)
    return Written(str(path), differs)


def saved(path: Path, text: str) -> None:
    """Write a file, and the folder that it belongs in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
