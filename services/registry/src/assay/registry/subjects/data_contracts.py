"""Metadata and rule sets that travel with a schema: checked, merged, and given back as they came."""

from __future__ import annotations

from collections.abc import Mapping

from assay.registry.subjects.errors import RequestMalformedError, RuleSetInvalidError
from assay.registry.subjects.json_values import Json, JsonObject, Parts, canonical, parse_object

__all__ = [
    "KINDS",
    "MODES",
    "merge_metadata",
    "merge_rules",
    "properties",
    "read_metadata",
    "read_rules",
    "reserved_names",
    "tagged",
]

RULE_LISTS = ("domainRules", "migrationRules", "encodingRules")
KINDS = ("CONDITION", "TRANSFORM")
MIGRATIONS = ("UPGRADE", "DOWNGRADE", "UPDOWN")
MODES = ("WRITE", "READ", "WRITEREAD", *MIGRATIONS)
TWO_WAY = ("WRITEREAD", "UPDOWN")
RESERVED = "confluent:reserved"


def read_metadata(found: JsonObject | None) -> str:
    """Metadata as canonical text, "" where there is none.

    Raises:
        RequestMalformedError: tags, properties or sensitive have another shape than they may have.
    """
    if found is None:
        return ""
    parts = Parts(found, "metadata.")
    for path, tags in (parts.object("tags") or {}).items():
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise RequestMalformedError(f"metadata.tags: the tags of {path[:80]!r} must be an array of strings")
    for name, value in (parts.object("properties") or {}).items():
        if not isinstance(value, str):
            raise RequestMalformedError(f"metadata.properties: {name[:80]!r} must be a string")
    parts.texts("sensitive")
    return _kept(found)


def read_rules(found: JsonObject | None) -> str:
    """A rule set as canonical text, "" where there is none.

    Raises:
        RuleSetInvalidError: a rule can't be one.
    """
    if found is None:
        return ""
    try:
        lists = {name: Parts(found).objects(name) for name in RULE_LISTS}
        for name, rules in lists.items():
            _check_rules(name, rules)
    except RequestMalformedError as error:
        raise RuleSetInvalidError(str(error)) from error
    return _kept(found)


def merge_metadata(base: str, above: str) -> str:
    """Both, the second one above the first: tags are united, properties overwritten."""
    if not base or not above:
        return above or base
    low, high = parse_object(base), parse_object(above)
    merged: JsonObject = {**low, **high}
    tags: JsonObject = dict(Parts(low).object("tags") or {})
    for path, more in (Parts(high).object("tags") or {}).items():
        tags[path] = _united(tags.get(path), more)
    properties: JsonObject = {**(Parts(low).object("properties") or {}), **(Parts(high).object("properties") or {})}
    sensitive = _united(low.get("sensitive"), high.get("sensitive"))
    for name, part in (("tags", tags), ("properties", properties), ("sensitive", sensitive)):
        if part:
            merged[name] = part
    return canonical(merged)


def merge_rules(base: str, above: str) -> str:
    """Both, the second one above the first: a rule takes the place of one with its name."""
    if not base or not above:
        return above or base
    low, high = parse_object(base), parse_object(above)
    merged: JsonObject = {**low, **high}
    for name in RULE_LISTS:
        new = Parts(high).objects(name)
        names = {rule.get("name") for rule in new}
        joined: list[Json] = [rule for rule in Parts(low).objects(name) if rule.get("name") not in names]
        joined.extend(new)
        if joined:
            merged[name] = joined
    return canonical(merged)


def properties(metadata: str) -> Mapping[str, str]:
    """The properties of metadata."""
    found = Parts(parse_object(metadata)).object("properties") if metadata else None
    return {name: value for name, value in (found or {}).items() if isinstance(value, str)}


def reserved_names(metadata: str) -> tuple[str, ...]:
    """The names that no field may have: `confluent:reserved`, split at commas."""
    names = (name.strip() for name in properties(metadata).get(RESERVED, "").split(","))
    return tuple(name for name in names if name)


def tagged(metadata: str, path: str, add: list[str], remove: list[str]) -> str:
    """Metadata with tags of one path added and removed."""
    found = parse_object(metadata) if metadata else {}
    tags: JsonObject = dict(Parts(found).object("tags") or {})
    now = [tag for tag in Parts(tags).texts(path) if tag not in remove]
    now += [tag for tag in add if tag not in now]
    kept: JsonObject = {each: value for each, value in tags.items() if each != path}
    if now:
        kept[path] = list[Json](now)
    return canonical(
        {**{key: value for key, value in found.items() if key != "tags"}, **({"tags": kept} if kept else {})}
    )


def _check_rules(name: str, rules: list[JsonObject]) -> None:
    seen: set[str] = set()
    for rule in rules:
        parts = Parts(rule, f"{name}: ")
        word = parts.text("name")
        if not word:
            raise RuleSetInvalidError(f"{name}: a rule has no name")
        if word in seen:
            raise RuleSetInvalidError(f"{name}: two rules have the name {word[:80]!r}")
        seen.add(word)
        _check_rule(f"{name}: {word[:80]!r}", name == "migrationRules", parts)


def _check_rule(where: str, is_migration: bool, parts: Parts) -> None:
    mode = (parts.text("mode") or "").upper()
    if (parts.text("kind") or "").upper() not in KINDS:
        raise RuleSetInvalidError(f"{where} needs a kind: {' or '.join(KINDS)}")
    if mode not in MODES:
        raise RuleSetInvalidError(f"{where} needs a mode: {', '.join(MODES)}")
    if is_migration != (mode in MIGRATIONS):
        fit = MIGRATIONS if is_migration else tuple(each for each in MODES if each not in MIGRATIONS)
        raise RuleSetInvalidError(f"{where}: mode {mode} is not for these; use {', '.join(fit)}")
    if not parts.text("type"):
        raise RuleSetInvalidError(f"{where} needs a type, such as CEL")
    for key in ("onSuccess", "onFailure"):
        actions = (parts.text(key) or "").split(",")
        if len(actions) > (2 if mode in TWO_WAY else 1):
            raise RuleSetInvalidError(f"{where}: {key} has {len(actions)} actions, more than mode {mode} has ways")
    parts.texts("tags")
    for key, value in (parts.object("params") or {}).items():
        if not isinstance(value, str):
            raise RuleSetInvalidError(f"{where}: the parameter {key[:80]!r} must be a string")
    for key in ("expr", "doc"):
        parts.text(key)
    parts.flag("disabled")


def _united(low: Json, high: Json) -> list[Json]:
    first, second = (each if isinstance(each, list) else [] for each in (low, high))
    return [*first, *(tag for tag in second if tag not in first)]


def _kept(found: JsonObject) -> str:
    kept = _without_nulls(parse_object(canonical(found)))  # written once before it is walked: that bounds the depth
    return canonical(kept) if kept else ""


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in value]
    return value
