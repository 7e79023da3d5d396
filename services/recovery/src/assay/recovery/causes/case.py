"""A failure with all that may say why: what is looked at, and what is answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from assay.contracts import Contract, Violation
from assay.recovery.identity import Identity

__all__ = ["Case", "Cause", "Kind", "Sibling"]


class Kind(StrEnum):
    """What may have happened. The list is closed."""

    RENAMED = "field renamed"
    REMOVED = "field removed"
    ADDED = "field added"
    NULL = "field became null"
    TYPE = "type changed"
    FORMAT = "format changed"
    UNIT = "unit changed"
    VALUE = "new value"
    STRICTER = "contract became stricter"
    UNREGISTERED = "version not registered"
    RETIRED = "version retired"
    STRANGER = "schema of another contract"
    LATE = "late clock"
    DUPLICATES = "duplicate storm"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Cause:
    """What has most likely happened, in words, and what speaks for it; no value of a record is in it."""

    kind: Kind
    words: str
    evidence: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = f"{self.kind}: {self.words}" if self.words else str(self.kind)
        return f"{said} ({'; '.join(self.evidence)})" if self.evidence else said


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another failure of the same contract that had dead letters in the same time."""

    identity: Identity
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Case:
    """One failure, the violations of its newest dead letter, and what happened beside it.

    `judged_by` is the contract that judged, `others` are the version that the producer declares, the one in force and
    the one before: as far as they are known and differ. `records` of the producer were judged since shortly before the
    failure began, `refused` of them for whatever reason; both are 0 where nobody counted.
    """

    identity: Identity
    dead_letters: int
    violations: tuple[Violation, ...] = ()
    declared: str = ""
    judged_by: Contract | None = None
    others: tuple[Contract, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    records: int = 0
    refused: int = 0

    @property
    def first(self) -> Violation | None:
        """The violation that the failure is named after, with `*` for the places of an array."""
        if not self.violations:
            return None
        return replace(self.violations[0], path=self.identity.path or self.violations[0].path)

    @property
    def is_nearly_all(self) -> bool:
        """Whether nearly every record of the producer is refused."""
        return self.records > 0 and self.refused >= 0.9 * self.records
