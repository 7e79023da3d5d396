"""What must hold of subjects, versions, ids, levels and modes: a small pure model that the registry is held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["GLOBAL", "LEVELS", "MODES", "OTHERS", "Model", "Schema", "Scope", "Version"]

LEVELS = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
MODES = ("READWRITE", "READONLY", "IMPORT")

Scope = tuple[str, str]
"""A context and a subject; without a subject all of the context, and (".", "") is everything."""
GLOBAL: Scope = (".", "")


@dataclass(frozen=True, slots=True)
class Schema:
    """An Avro record of strings: fields without a default, fields with one, and a record of another subject."""

    name: str
    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    uses: tuple[str, int] | None = None

    def body(self, mark: str, named: Mapping[str, str]) -> dict[str, object]:
        """What a client sends; `mark` keeps the schemas of one run apart from those of another."""
        fields: list[dict[str, str]] = [{"name": each, "type": "string"} for each in sorted(self.required)]
        fields += [{"name": each, "type": "string", "default": ""} for each in sorted(self.optional)]
        sent: dict[str, object] = {}
        if self.uses:
            subject, version = self.uses
            fields.append({"name": "used", "type": f"Shared{mark}"})
            sent["references"] = [{"name": f"Shared{mark}", "subject": named[subject], "version": version}]
        text = {"type": "record", "name": f"{self.name}{mark}", "fields": fields}
        return {"schema": json.dumps(text), **sent}

    def reads(self, writer: Schema) -> bool:
        """Whether a reader with this schema reads what a writer with the other wrote."""
        missing = self.required - writer.required - writer.optional
        return self.name == writer.name and not missing and not (self.uses and not writer.uses)


OTHERS = Schema("Shared", frozenset("x"))
"""The record that others refer to."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a subject."""

    number: int
    id: int
    schema: Schema
    is_deleted: bool = False


@dataclass(slots=True)
class Model:
    """All that was answered so far. Each method says what must be answered: a code of an error, or 0."""

    versions: dict[Scope, list[Version]] = field(default_factory=dict)
    ids: dict[tuple[str, int], Schema] = field(default_factory=dict)
    spent: set[tuple[str, int]] = field(default_factory=set)
    levels: dict[Scope, str] = field(default_factory=dict)
    modes: dict[Scope, str] = field(default_factory=dict)

    def of(self, scope: Scope) -> list[Version]:
        return self.versions.get(scope, [])

    def live(self, scope: Scope) -> list[Version]:
        return [each for each in self.of(scope) if not each.is_deleted]

    def level(self, scope: Scope) -> str:
        return next((self.levels[each] for each in _wider(scope) if each in self.levels), "BACKWARD")

    def mode(self, scope: Scope) -> str:
        if self.modes.get(GLOBAL) == "READONLY_OVERRIDE":
            return "READONLY_OVERRIDE"
        return next((self.modes[each] for each in _wider(scope) if each in self.modes), "READWRITE")

    def is_closed(self, scope: Scope) -> bool:
        return self.mode(scope).startswith("READONLY")

    def known(self, scope: Scope, schema: Schema, number: int | None = None) -> Version | None:
        """The newest live version that is this schema, under a certain id if one is asked for."""
        same = [each for each in self.live(scope) if each.schema == schema and number in (None, each.id)]
        return same[-1] if same else None

    def leads_nowhere(self, scope: Scope, schema: Schema) -> bool:
        """Whether the schema refers to a version that is not there, or deleted."""
        if schema.uses is None:
            return False
        subject, number = schema.uses
        used = [each for each in self.live((scope[0], subject)) if each.number == number]
        return not used or used[0].schema != OTHERS

    def registering(self, scope: Scope, schema: Schema) -> int:
        if self.leads_nowhere(scope, schema):
            return 42201
        if self.is_closed(scope) or self.mode(scope) == "IMPORT":
            return 42205
        if self.known(scope, schema):
            return 0
        return 0 if self.fits(scope, schema) else 40901

    def importing(self, scope: Scope, schema: Schema, number: int, version: int) -> int:
        if self.leads_nowhere(scope, schema):
            return 42201
        if self.mode(scope) != "IMPORT":
            return 42205
        if self.known(scope, schema, number):
            return 0
        taken = version in [each.number for each in self.live(scope)]
        other = self.ids.get((scope[0], number), schema) != schema
        return 42205 if taken or other else 0

    def added(self, scope: Scope, schema: Schema, number: int, version: int | None = None) -> None:
        """A version was added; a deleted one with its id or its number gave way."""
        new = version or max((each.number for each in self.of(scope)), default=0) + 1
        kept = [each for each in self.of(scope) if not (each.is_deleted and (each.id == number or each.number == new))]
        self.versions[scope] = sorted([*kept, Version(new, number, schema)], key=lambda each: each.number)
        self.ids[scope[0], number] = schema
        self.spent.add((scope[0], number))

    def id_of(self, context: str, schema: Schema) -> int | None:
        """The id that stands for a schema in a context."""
        return min(
            (number for (where, number), each in self.ids.items() if (where, each) == (context, schema)), default=None
        )

    def fits(self, scope: Scope, schema: Schema, before: list[Version] | None = None) -> bool:
        """Whether the level lets the schema follow the versions before it."""
        level = self.level(scope)
        live = self.live(scope) if before is None else before
        against = live if level.endswith("_TRANSITIVE") else live[-1:]
        backward, forward = level.startswith(("BACKWARD", "FULL")), level.startswith(("FORWARD", "FULL"))
        return all(
            (not backward or schema.reads(each.schema)) and (not forward or each.schema.reads(schema))
            for each in against
        )

    def is_used(self, scope: Scope, number: int) -> bool:
        """Whether a live version refers to this one."""
        return any(
            each.schema.uses == (scope[1], number)
            for (context, _), versions in self.versions.items()
            for each in versions
            if context == scope[0] and not each.is_deleted
        )

    def deleting_version(self, scope: Scope, number: int, *, permanent: bool) -> int:
        found = next((each for each in self.of(scope) if each.number == number), None)
        if found is None:
            return 40402 if self.of(scope) else 40401
        if self.is_closed(scope):
            return 42205
        if permanent != found.is_deleted:
            return 40407 if permanent else 40406
        return 42206 if self.is_used(scope, number) else 0

    def deleting_subject(self, scope: Scope, *, permanent: bool) -> int:
        if not self.of(scope):
            return 40401
        if self.is_closed(scope):
            return 42205
        live = self.live(scope)
        if permanent == bool(live):
            return 40405 if permanent else 40404
        gone = self.of(scope) if permanent else live
        return 42206 if any(self.is_used(scope, each.number) for each in gone) else 0

    def deleted(self, scope: Scope, numbers: list[int], *, permanent: bool) -> None:
        """Versions were deleted; with the last live one go the settings, with the last use of an id the id."""
        if permanent:
            self._forget(scope, numbers)
            return
        self.versions[scope] = [
            Version(each.number, each.id, each.schema, each.is_deleted or each.number in numbers)
            for each in self.of(scope)
        ]
        if not self.live(scope):
            self.levels.pop(scope, None)
            self.modes.pop(scope, None)

    def _forget(self, scope: Scope, numbers: list[int]) -> None:
        gone = {each.id for each in self.of(scope) if each.number in numbers}
        self.versions[scope] = [each for each in self.of(scope) if each.number not in numbers]
        used = {each.id for (where, _), versions in self.versions.items() if where == scope[0] for each in versions}
        for number in gone - used:
            self.ids.pop((scope[0], number), None)


def _wider(scope: Scope) -> tuple[Scope, ...]:
    return tuple(dict.fromkeys((scope, (scope[0], ""), GLOBAL)))
