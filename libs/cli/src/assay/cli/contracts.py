"""Contract files on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.cli.errors import CommandError
from assay.contracts import Contract, ContractError, Finding, lint, lint_together, load

__all__ = ["SUFFIX", "contract_files", "findings_of", "findings_of_all", "loaded", "versions"]

SUFFIX = ".odcs.yaml"


def contract_files(paths: Sequence[Path]) -> list[Path]:
    """The files as named, and the contract files in the folders named, sorted; each once.

    Raises:
        CommandError: a folder has none.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not found:
            raise CommandError(f"{path}: no contract file (*{SUFFIX}) in this folder")
        files.extend(found)
    return list(dict.fromkeys(files))


def findings_of(file: Path) -> list[Finding]:
    """What is wrong with the file; nothing if it is fine."""
    return lint(file.read_bytes(), str(file))


def findings_of_all(files: Sequence[Path]) -> list[Finding]:
    """What is wrong with each file, and between those that are fine by themselves."""
    found = {file: findings_of(file) for file in files}
    fine = {str(file): file.read_bytes() for file, findings in found.items() if not findings}
    return [finding for findings in (*found.values(), lint_together(fine)) for finding in findings]


def loaded(paths: Sequence[Path]) -> list[Contract]:
    """The contracts in the files, each in one file alone.

    Raises:
        ContractError: there are findings, of all files together.
        CommandError: two files have one contract, and each would be held against what is there, not against the other.
    """
    contracts = versions(paths)
    files: dict[str, Path] = {}
    for file, contract in zip(contract_files(paths), contracts, strict=True):
        first = files.setdefault(contract.id, file)
        if first != file:
            raise CommandError(f"contract {contract.id} is in two files, {first} and {file}; keep one")
    return contracts


def versions(paths: Sequence[Path]) -> list[Contract]:
    """The contracts in the files, of which some may be versions of one contract.

    Raises:
        ContractError: there are findings, of all files together.
    """
    contracts: list[Contract] = []
    findings: list[Finding] = []
    files = contract_files(paths)
    for file in files:
        try:
            contracts.append(load(file.read_bytes(), str(file)))
        except ContractError as error:
            findings += error.findings
    if not findings:
        findings = lint_together({str(file): each.text for file, each in zip(files, contracts, strict=True)})
    if findings:
        raise ContractError(findings)
    return contracts
