"""What may repair a problem, before anybody tried it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from assay.contracts import Contract
from assay.recovery.proposals.case import Case, Problem

__all__ = ["Amendment", "Candidate", "Doubt", "Finding", "Finds"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Steps that would take problems away; `cost` is low for what is simple and likely.

    `when` is the problem that its flow is for. One that `loses` takes something away that the producer wrote.
    """

    title: str
    word: str
    steps: tuple[Mapping[str, object], ...] = field(hash=False)
    evidence: tuple[str, ...]
    solves: frozenset[Problem]
    when: Problem
    cost: float
    loses: bool = False


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of the contract in place of the records: what the contract would be then, and how to write it."""

    title: str
    evidence: tuple[str, ...]
    contract: Contract
    cost: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nothing is proposed although something would fit: more than one thing would."""

    text: str


Finding = Candidate | Amendment | Doubt
Finds = Callable[[Case, Problem], Iterator[Finding]]
"""Looks at one problem of a failure."""
