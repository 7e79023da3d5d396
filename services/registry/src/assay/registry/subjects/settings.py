"""The settings of a subject, a context, or of everything: compatibility, normalisation, alias, metadata and rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from assay.contracts.compatibility import Mode, Policy
from assay.registry.subjects.data_contracts import read_metadata, read_rules
from assay.registry.subjects.errors import LevelInvalidError, ModeInvalidError, RequestMalformedError
from assay.registry.subjects.json_values import Json, JsonObject, Parts, parse_object
from assay.registry.subjects.names import read_subject

__all__ = ["DEFAULTS", "Access", "Settings", "inherited", "read_access", "updated"]

KEYS = {
    "level": ("compatibilityLevel", "compatibility"),
    "policy": ("compatibilityPolicy",),
    "group": ("compatibilityGroup",),
    "alias": ("alias",),
    "normalize": ("normalize",),
    "validate_fields": ("validateFields",),
    "validate_rules": ("validateRules",),
    "default_metadata": ("defaultMetadata",),
    "override_metadata": ("overrideMetadata",),
    "default_rules": ("defaultRuleSet",),
    "override_rules": ("overrideRuleSet",),
}
"""What clients call each setting; answers have the first name."""


DOCUMENTS = ("default_metadata", "override_metadata", "default_rules", "override_rules")


class Access(StrEnum):
    """`mode`: what may be written. READONLY_OVERRIDE of everything stands above the modes of subjects."""

    READWRITE = "READWRITE"
    READONLY = "READONLY"
    READONLY_OVERRIDE = "READONLY_OVERRIDE"
    IMPORT = "IMPORT"

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be written."""
        return self in (Access.READONLY, Access.READONLY_OVERRIDE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What one scope says; None where it says nothing. Metadata and rules are canonical JSON."""

    level: Mode | None = None
    policy: Policy | None = None
    group: str | None = None
    alias: str | None = None
    normalize: bool | None = None
    validate_fields: bool | None = None
    validate_rules: bool | None = None
    default_metadata: str | None = None
    override_metadata: str | None = None
    default_rules: str | None = None
    override_rules: str | None = None

    def as_json(self, *, level_key: str = "compatibilityLevel") -> JsonObject:
        """What a client is answered: the keys that are set."""
        said: JsonObject = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                key = level_key if field.name == "level" else KEYS[field.name][0]
                said[key] = parse_object(value) if field.name in DOCUMENTS else value
        return said

    @classmethod
    def of(cls, said: JsonObject) -> Settings:
        """Read settings from what `as_json` made, or a client sent; raises as `updated` does."""
        return updated(cls(), said)


DEFAULTS = Settings(level=Mode.BACKWARD)


def updated(before: Settings, said: JsonObject) -> Settings:
    """The settings after a client's update: a key that is absent stays, null takes it away.

    Raises:
        LevelInvalidError: no such level or policy.
        SubjectInvalidError: no subject can have the name that is the alias.
        RuleSetInvalidError: a rule can't be one.
        RequestMalformedError: a value of another type.
    """
    parts = Parts(said)
    changes: dict[str, Any] = {
        name: READERS[name](parts, key) for name, keys in KEYS.items() for key in keys if parts.has(key)
    }
    return replace(before, **changes)


def inherited(own: Settings, *above: Settings) -> Settings:
    """What holds: each key from the nearest scope that sets it. An alias is of its own subject alone."""
    now = own
    for wider in (*above, DEFAULTS):
        missing = {
            field.name: getattr(wider, field.name)
            for field in fields(Settings)
            if getattr(now, field.name) is None and field.name != "alias"
        }
        now = replace(now, **missing)
    return now


def read_access(found: Json) -> Access:
    """Read a mode.

    Raises:
        ModeInvalidError: there is no such one.
    """
    word = found.upper() if isinstance(found, str) else ""
    if word not in tuple(Access):
        raise ModeInvalidError(found, tuple(Access))
    return Access(word)


def _level(parts: Parts, key: str) -> Mode | None:
    found = parts.any(key)
    if found is None:
        return None
    word = found.upper() if isinstance(found, str) else ""
    if word not in tuple(Mode):
        raise LevelInvalidError(found, tuple(Mode))
    return Mode(word)


def _policy(parts: Parts, key: str) -> Policy | None:
    word = (parts.text(key) or "").upper()
    if not word:
        return None
    if word not in tuple(Policy):
        raise RequestMalformedError(f"{key} must be {' or '.join(Policy)}")
    return Policy(word)


def _alias(parts: Parts, key: str) -> str | None:
    """The name of the subject that it stands for, in the context of the alias."""
    text = parts.text(key)
    return read_subject(text).name if text else None


def _metadata(parts: Parts, key: str) -> str | None:
    return read_metadata(parts.object(key)) or None


def _rules(parts: Parts, key: str) -> str | None:
    return read_rules(parts.object(key)) or None


READERS: Mapping[str, Callable[[Parts, str], object]] = {
    "level": _level,
    "policy": _policy,
    "group": lambda parts, key: parts.text(key) or None,
    "alias": _alias,
    "normalize": Parts.flag,
    "validate_fields": Parts.flag,
    "validate_rules": Parts.flag,
    "default_metadata": _metadata,
    "override_metadata": _metadata,
    "default_rules": _rules,
    "override_rules": _rules,
}
