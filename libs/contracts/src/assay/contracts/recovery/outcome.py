"""What a flow sees of a dead letter, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.contracts.verdict import Violation

__all__ = ["Failed", "FieldChange", "Repaired", "Tried", "Unrepaired"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A dead letter: its value without a frame, why it was refused, and what its producer said with it.

    `version` is the contract version that judged it, `declared` the one that the record declares. Without
    `arrived_ms`, its first arrival, nothing is late.
    """

    value: bytes
    reason: str
    violations: Sequence[Violation]
    headers: Mapping[str, bytes | None] = field(default_factory=dict)
    version: str = ""
    declared: str = ""
    arrived_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Repaired:
    """A record that its contract accepts now, and the flow that made it so."""

    value: bytes
    flow: str


@dataclass(frozen=True, slots=True)
class Unrepaired:
    """A record that stays a dead letter, and why; the explanation holds nothing of the record."""

    explanation: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One place of a record before and after, each as JSON; None where there is nothing."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a flow would do to a record: the outcome, the flow, and every place that it changed."""

    outcome: Repaired | Unrepaired
    flow: str = ""
    changes: tuple[FieldChange, ...] = ()
