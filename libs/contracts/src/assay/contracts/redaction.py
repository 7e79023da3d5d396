"""Paths that give nothing of a record away: the keys of a classified map are values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from assay.contracts.model import Field
from assay.contracts.verdict import Violation

__all__ = ["hidden_keys"]


def hidden_keys(fields: Iterable[Field]) -> Callable[[Violation], Violation] | None:
    """Put `*` in place of each key of a map that is classified, or holds or is within what is; None without such a map."""
    named = {field.name.replace("~", "~0").replace("/", "~1"): field for field in fields}
    if not any(_has_hidden(field, is_within=False) for field in named.values()):
        return None

    def hide(violation: Violation) -> Violation:
        first, *rest = violation.path.split("/")
        return replace(violation, path="/".join([first, *_hidden(named, rest, is_within=False)]))

    return hide


def _hidden(named: dict[str, Field], path: list[str], *, is_within: bool) -> list[str]:
    if not path or path[0] not in named:
        return path
    return [path[0], *_inside(named[path[0]], path[1:], is_within=is_within)]


def _inside(field: Field, path: list[str], *, is_within: bool) -> list[str]:
    is_within = is_within or field.is_secret
    if not path:
        return path
    if field.values:
        key = "*" if is_within or field.is_classified else path[0]
        return [key, *_inside(field.values, path[1:], is_within=is_within)]
    if field.items:
        return [path[0], *_inside(field.items, path[1:], is_within=is_within)]
    named = {each.name.replace("~", "~0").replace("/", "~1"): each for each in field.properties}
    return _hidden(named, path, is_within=is_within)


def _has_hidden(field: Field, *, is_within: bool) -> bool:
    is_within = is_within or field.is_secret
    if field.values and (is_within or field.is_classified):
        return True
    inside = (*field.properties, *filter(None, (field.items, field.values)))
    return any(_has_hidden(each, is_within=is_within) for each in inside)
