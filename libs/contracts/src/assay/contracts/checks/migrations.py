"""Migrations: each must lead from an older version to a newer one, and not beyond the contract itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.contracts.checks.scope import Scope
from assay.contracts.checks.steps import Problem
from assay.contracts.recovery.versions import number_of

__all__ = ["check_migration"]


def check_migration(migration: dict[str, Any], scope: Scope) -> Iterator[Problem]:
    """Whether records can be led from the one to the other, so that no chain of migrations goes round."""
    source, target, own = (number_of(each) for each in (migration["from"], migration["to"], scope.version))
    if target[: len(source)] <= source:
        yield ("migration", "to"), f"{migration['to']} is not above {migration['from']}; a migration leads upwards"
    elif own and target > own[: len(target)]:
        yield ("migration", "to"), f"{migration['to']} is above this contract, which is {scope.version}"
