"""The settings of a subject, a context, or of everything: compatibility, normalisation, alias, metadata and rules."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum

from assay.contracts.compatibility import Mode, Policy
from assay.registry.subjects.data_contracts import read_metadata, read_rules
from assay.registry.subjects.errors import LevelInvalidError, ModeInvalidError, RequestMalformedError
from assay.registry.subjects.json_values import Json, JsonObject, Parts, parse_object

__all__ = ["DEFAULTS", "Access", "Settings", "inherited", "read_access", "updated"]

POLICIES = tuple(Policy)
KEYS = {
    "level": "compatibilityLevel",
    "policy": "compatibilityPolicy",
    "group": "compatibilityGroup",
    "alias": "alias",
    "normalize": "normalize",
    "validate_fields": "validateFields",
    "validate_rules": "validateRules",
    "default_metadata": "defaultMetadata",
    "override_metadata": "overrideMetadata",
    "default_rules": "defaultRuleSet",
    "override_rules": "overrideRuleSet",
}
LEVEL_IN_REQUESTS = "compatibility"


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

    def as_json(self, *, level_key: str = KEYS["level"]) -> JsonObject:
        """What a client is answered: the keys that are set."""
        said: JsonObject = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                key = level_key if field.name == "level" else KEYS[field.name]
                said[key] = parse_object(value) if field.name.endswith(("_metadata", "_rules")) else value
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
        RuleSetInvalidError: a rule can't be one.
        RequestMalformedError: a value of another type.
    """
    parts = Parts(said)
    now = before
    for key in (KEYS["level"], LEVEL_IN_REQUESTS):
        if parts.has(key):
            now = replace(now, level=_level(said[key]))
    if parts.has(KEYS["policy"]):
        now = replace(now, policy=_policy(said[KEYS["policy"]]))
    for name in ("group", "alias"):
        if parts.has(KEYS[name]):
            now = replace(now, **{name: parts.text(KEYS[name]) or None})
    for name in ("normalize", "validate_fields", "validate_rules"):
        if parts.has(KEYS[name]):
            now = replace(now, **{name: parts.flag(KEYS[name])})
    for name, read in (("metadata", read_metadata), ("rules", read_rules)):
        for when in ("default", "override"):
            if parts.has(KEYS[f"{when}_{name}"]):
                now = replace(now, **{f"{when}_{name}": read(parts.object(KEYS[f"{when}_{name}"])) or None})
    return now


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


def _level(found: Json) -> Mode | None:
    if found is None:
        return None
    word = found.upper() if isinstance(found, str) else ""
    if word not in tuple(Mode):
        raise LevelInvalidError(found, tuple(Mode))
    return Mode(word)


def _policy(found: Json) -> Policy | None:
    if found is None:
        return None
    word = found.upper() if isinstance(found, str) else ""
    if word not in POLICIES:
        raise RequestMalformedError(f"compatibilityPolicy must be {' or '.join(POLICIES)}")
    return Policy(word)
