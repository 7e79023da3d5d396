"""A change between two versions of a contract: what it is to whom, which version it asks for, and who must approve it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal

from assay.contracts.model import Party

__all__ = ["Bump", "Change", "ChangeClass", "Exhibit"]


class Bump(IntEnum):
    """Which part of a version MAJOR.MINOR.PATCH is raised; more is always enough."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


class ChangeClass(StrEnum):
    """What a change is to those who rely on the contract, the gravest first."""

    BREAKING_WIRE = "breaking-wire"
    """A reader of the version before can't take the new records, or the new reader not the old ones."""
    BREAKING_MEANING = "breaking-meaning"
    """Records look the same and mean something else."""
    PROMISE_WEAKENED = "promise-weakened"
    """Consumers are promised less than before."""
    PRODUCER_TIGHTENING = "producer-tightening"
    """Records that were taken may be refused, or a producer owes more."""
    REVIEW = "review"
    """Somebody has to look: no rule can say what it is."""
    HARMLESS = "harmless"
    """Nobody who relies on the contract has anything to do."""

    @property
    def gravity(self) -> int:
        """0 for harmless; the graver, the higher."""
        return len(ChangeClass) - 1 - list(ChangeClass).index(self)

    @property
    def bump(self) -> Bump:
        """The least raise of the version that the class asks for."""
        match self:
            case ChangeClass.BREAKING_WIRE | ChangeClass.BREAKING_MEANING:
                return Bump.MAJOR
            case ChangeClass.PROMISE_WEAKENED | ChangeClass.PRODUCER_TIGHTENING:
                return Bump.MINOR
        return Bump.PATCH

    @property
    def needs_approval(self) -> bool:
        """Whether the consumers that it concerns must say yes."""
        return self.gravity >= ChangeClass.PROMISE_WEAKENED.gravity


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What the check of schemas found at a change: who can't read whom, by which rule, what would pass, and a document.

    `direction` is `backward` where the new version can't read what was written with the old one, `forward` the other
    way round. `path` is that of the reader's schema; `document` may be empty.
    """

    direction: str
    path: str
    rule: str
    message: str
    passes: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: where, what it is, the value before and after (None where there was or is none)."""

    contract: str
    path: str
    kind: ChangeClass
    before: object
    after: object
    bump: Bump
    says: str = ""
    consumers: tuple[Party, ...] = ()
    """The consumers that must approve, in writing."""
    owner: Party | None = None
    """The owner, where it must agree: it does so by merging."""
    told: tuple[Party, ...] = ()
    """Who is told, and need not approve."""
    exhibits: tuple[Exhibit, ...] = ()

    @property
    def approvers(self) -> tuple[Party, ...]:
        """Everyone who must agree."""
        return (*self.consumers, *((self.owner,) if self.owner else ()))

    @property
    def fingerprint(self) -> str:
        """The same for the same change of the same contract; another value before or after has another half."""
        return f"{self._digest(self.before)}-{self._digest(self.after)}"

    @property
    def did(self) -> Literal["added", "removed", "changed"]:
        """What was done to the value."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def _digest(self, value: object) -> str:
        facts = json.dumps([self.contract, self.path, value], sort_keys=True, default=str)
        return hashlib.sha256(facts.encode()).hexdigest()[:16]
