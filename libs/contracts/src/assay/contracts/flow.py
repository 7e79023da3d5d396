"""A flow: a known failure, and the steps that repair it, as a contract has them written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["DIGITS", "Flow", "Migration", "Step", "When", "digest_of", "read_flow"]

DIGITS = 16
"""Hexadecimal digits of a digest."""


@dataclass(frozen=True, slots=True)
class When:
    """Which dead letters a flow is for: all that is given must hold. Only a migration may have no reason."""

    reason: str = ""
    path: str | None = None
    rule: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a record: the word for it, and what the contract says with it."""

    action: str
    said: object = field(hash=False)


@dataclass(frozen=True, slots=True)
class Migration:
    """From records of which versions to which; `1` stands for every version that begins with it."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A known failure and the steps that repair it; one that is on-request waits for a person."""

    id: str
    when: When
    steps: tuple[Step, ...]
    run: Literal["automatic", "on-request"] = "automatic"
    migration: Migration | None = None
    description: str = ""

    @property
    def digest(self) -> str:
        """What it does, whatever it is called and whoever starts it: the same for the same in every process."""
        does = self.said
        return digest_of({name: does[name] for name in ("when", "migration", "steps") if name in does})

    @property
    def said(self) -> dict[str, object]:
        """The flow as a contract says it."""
        said: dict[str, object] = {"id": self.id}
        if self.description:
            said["description"] = self.description
        if self.run != "automatic":
            said["run"] = self.run
        if self.migration:
            said["migration"] = {"from": self.migration.source, "to": self.migration.target}
        if when := {name: value for name in When.__slots__ if (value := getattr(self.when, name))}:
            said["when"] = when
        return said | {"steps": [{step.action: step.said} for step in self.steps]}


def digest_of(value: object) -> str:
    """The digest of plain values: the same for the same values, everywhere."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:DIGITS]


def read_flow(said: Mapping[str, object]) -> Flow:
    """The flow that a contract says, once its vocabulary has been checked."""
    when, migration, steps = said.get("when", {}), said.get("migration"), said["steps"]
    assert isinstance(when, dict)  # so says the vocabulary, here and below
    assert isinstance(steps, list)
    return Flow(
        id=str(said["id"]),
        when=When(**when),
        steps=tuple(Step(action, value) for step in steps for action, value in step.items()),
        run="on-request" if said.get("run") == "on-request" else "automatic",
        migration=Migration(migration["from"], migration["to"]) if isinstance(migration, dict) else None,
        description=str(said.get("description", "")),
    )
