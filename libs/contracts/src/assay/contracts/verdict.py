"""What the judge says about a record: accepted, or rejected for a reason, with its violations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ACCEPTED", "MAX_VIOLATIONS", "Reason", "Verdict", "Violation"]

MAX_VIOLATIONS = 16
"""A rejected record explains at most this many violations; the header that carries them is bounded."""


class Reason(StrEnum):
    """Why a record is rejected; the list is closed."""

    MALFORMED = "malformed"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNKNOWN_CONTRACT = "unknown_contract"
    ENVELOPE = "envelope"
    SCHEMA = "schema"
    RULE = "rule"
    LATE = "late"
    DUPLICATE = "duplicate"
    TOO_LARGE = "too_large"
    ENGINE = "engine"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a record breaks its contract.

    `path` is a JSON Pointer into the record, `rule` a keyword of the schema or the id of a rule,
    `found` a type or a shape: never a value of the record.
    """

    path: str
    rule: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path or 'record'}: {self.rule}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one record; no reason means that it is accepted."""

    reason: Reason | None = None
    violations: tuple[Violation, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the record keeps its contract."""
        return self.reason is None


ACCEPTED = Verdict()
