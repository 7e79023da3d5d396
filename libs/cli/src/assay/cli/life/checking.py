"""`assay contract check`: whether contract files may be merged, for people and for CI."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.life.options import Against, AsJson, Paths, Registry, Reviews, Verified

if TYPE_CHECKING:
    from assay.cli.life.before import Before
    from assay.contracts import Contract
    from assay.contracts.diff import Checked

__all__ = ["check", "checks_of"]

Output = Annotated[
    Path | None, typer.Option(help="Also write the comment of a pull request; - is stdout.", metavar="FILE|-")
]


def check(
    paths: Paths,
    against: Against = "registry",
    registry: Registry = None,
    reviews: Reviews = None,
    verified: Verified = False,
    markdown: Output = None,
    codeowners: Annotated[
        Path | None,
        typer.Option(
            help="Also write CODEOWNERS: whom a forge asks about which contract; - is stdout.", metavar="FILE|-"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold contract files against what is there now: what changed, what it asks for, and what is missing.

    A version that was not raised far enough, or an approval that is missing, void or over, refuses: exit code 1.
    """
    from assay.cli.contracts import contract_files, loaded
    from assay.cli.life.before import before_of
    from assay.cli.life.markdown import comment, findings_comment
    from assay.cli.life.spoken import check_facts, check_lines
    from assay.cli.where import address_of
    from assay.contracts import ContractError

    try:
        contracts = loaded(paths)
    except ContractError as error:
        _write(markdown, findings_comment(error.findings))
        raise
    before = before_of(against, paths, address_of("registry", registry) if against == "registry" else "")
    checks = checks_of(paths, contracts, before, reviews, must_verify=verified, with_gone=against != "registry")
    _write(markdown, comment(checks))
    if codeowners is not None:
        _write(codeowners, _owners(list(zip(contract_files(paths), contracts, strict=True))))
    if as_json:
        typer.echo(json.dumps({"contracts": [check_facts(each) for each in checks]}, default=str))
    elif Path("-") not in (markdown, codeowners):
        for each in checks:
            for line in check_lines(each):
                typer.echo(line)
    raise typer.Exit(1 if any(each.is_refused for each in checks) else 0)


def checks_of(
    paths: Sequence[Path],
    contracts: Sequence[Contract],
    before: dict[str, Before],
    reviews: Path | None = None,
    *,
    must_verify: bool = False,
    with_gone: bool = False,
    is_folder: bool = False,
) -> list[Checked]:
    """The check of each contract; with `with_gone` also of those that were there before and are not any more."""
    from assay.cli.contracts import contract_files
    from assay.cli.life.papers import papers_of
    from assay.contracts.diff import check_versions, gone

    papers = papers_of([*contract_files(paths), *paths], reviews, must_verify=must_verify)
    there = {each.id for each in contracts}
    found = [
        check_versions(was.newest if was else None, each, papers, was.earlier if was else ())
        for each in contracts
        for was in (before.get(each.id),)
    ]
    if with_gone and (is_folder or any(path.is_dir() for path in paths)):
        found += [gone(was.newest, papers) for name, was in sorted(before.items()) if name not in there]
    return found


def _owners(contracts: Sequence[tuple[Path, Contract]]) -> str:
    from assay.cli.life.git import repository
    from assay.cli.life.owners import codeowners

    return codeowners([(repository(file).path(file), contract) for file, contract in contracts])


def _write(file: Path | None, text: str) -> None:
    if file == Path("-"):
        typer.echo(text, nl=False)
    elif file is not None:
        file.write_text(text, encoding="utf-8")
