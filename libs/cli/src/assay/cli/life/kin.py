"""Contracts of one model that are published already: what is applied has to fit those too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.cli.life.before import Before
from assay.contracts import Contract, Finding, lint_together

__all__ = ["misfits"]

_SPEAKS_OF_A_MODEL = b"assay.model"


def misfits(files: Sequence[Path], contracts: Sequence[Contract], before: Mapping[str, Before]) -> list[Finding]:
    """What of the files does not fit the contracts of its model that live in the registry and are not among them."""
    there = {each.id for each in contracts}
    near = {name: was for name, was in before.items() if name not in there and _SPEAKS_OF_A_MODEL in was.text}
    kin = {name: was.text for name, was in near.items() if was.newest.status != "retired"}
    ours = {str(file): each.text for file, each in zip(files, contracts, strict=True)}
    return [finding for finding in lint_together(kin | ours) if finding.file in ours]
