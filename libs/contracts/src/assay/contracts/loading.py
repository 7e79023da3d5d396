"""From the bytes of a contract file to its findings, or to the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from assay.contracts import checks
from assay.contracts.analytical.family import check_families
from assay.contracts.checks.identity import check_record
from assay.contracts.document import Document, parse
from assay.contracts.errors import ContractError, Finding
from assay.contracts.model import Contract
from assay.contracts.odcs import check_standard, check_version
from assay.contracts.reading import read_contract
from assay.contracts.vocabulary import check_vocabulary

__all__ = ["check", "lint", "lint_together", "load"]

_Stage = tuple[Callable[[Document], Iterable[Finding]], ...]
_STAGES: tuple[_Stage, ...] = (
    (check_version,),
    (check_standard,),
    (check_vocabulary, check_record),
    (
        checks.check_identity,
        checks.check_fields,
        checks.check_form,
        checks.check_topics,
        checks.check_lateness,
        checks.check_levels,
        checks.check_ordering,
        checks.check_conditions,
        checks.check_recovery,
        checks.check_promises,
        checks.check_watching,
        checks.check_model,
        checks.check_monitoring,
    ),
    (checks.check_decided,),
)
"""Each stage relies on the ones before it, so the first that finds anything is the last to speak."""


def lint(text: bytes, file: str = "<contract>") -> list[Finding]:
    """Everything that is wrong with a contract file, in the order of its lines; empty if it can be loaded."""
    try:
        return check(parse(text, file))
    except ContractError as error:
        return list(error.findings)


def lint_together(texts: Mapping[str, bytes]) -> list[Finding]:
    """What is wrong between files, by their names, that each lint by themselves: contracts of one model must fit."""
    return check_families(parse(text, file) for file, text in texts.items() if b"assay.model" in text)


def load(text: bytes, file: str = "<contract>") -> Contract:
    """The contract that a file describes.

    Raises:
        ContractError: the file has findings.
    """
    document = parse(text, file)
    if findings := check(document):
        raise ContractError(findings)
    return read_contract(document, text)


def check(document: Document) -> list[Finding]:
    """Everything that is wrong with a document that is read already, in the order of its lines."""
    for stage in _STAGES:
        if findings := [finding for check in stage for finding in check(document)]:
            return sorted(dict.fromkeys(findings), key=lambda finding: finding.line)
    return []
