"""What a change of a property, or of a quality line on it, is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.contracts.diff.rulings import (
    HARMLESS,
    MEANING,
    MORE,
    REVIEW,
    TIGHTER,
    WEAKER,
    WIRE,
    Ruling,
    set_of,
)
from assay.contracts.diff.tree import THRESHOLD, Edit
from assay.contracts.reading import WINDOW

__all__ = ["format_of", "multiple", "physical", "property_node", "quality_line", "semantics", "values"]

_TEXT_FORMATS = ("email", "hostname", "ipv4", "ipv6", "password", "uri", "uuid")


def property_node(edit: Edit) -> Ruling:
    """A property that is new, or is not there any more."""
    if edit.is_removed:
        return WIRE.saying("whoever reads it finds it no more")
    if edit.after.get("required") is True:
        return TIGHTER.saying("producers that do not send it are refused")
    return MORE


def format_of(edit: Edit) -> Ruling:
    """How a value is spelled, or how wide a number is; some formats of a text only ask more of it."""
    if all(value is None or value in _TEXT_FORMATS for value in (edit.before, edit.after)):
        return TIGHTER if edit.is_added else WEAKER if edit.is_removed else WIRE
    return WIRE.saying("values are written in another way")


def multiple(edit: Edit) -> Ruling:
    """A step that numbers keep: whoever keeps a multiple of it keeps it."""
    if edit.is_added or edit.is_removed:
        return TIGHTER if edit.is_added else WEAKER
    was, now = edit.before, edit.after
    if isinstance(was, int) and isinstance(now, int) and was and now % was == 0:
        return TIGHTER
    return WEAKER


def physical(edit: Edit) -> Ruling:
    """The physical type: of a decimal it says how many digits are written, else it is a note."""
    sides = f"{edit.before} {edit.after}".upper()
    return WIRE if "DECIMAL" in sides or "NUMERIC" in sides else REVIEW


def semantics(edit: Edit) -> Ruling:
    """The version of a meaning: its major number is the meaning itself."""
    if edit.is_added or edit.is_removed:
        return REVIEW
    was, now = _version(edit.before), _version(edit.after)
    if was[0] != now[0] or now < was:
        return MEANING.saying("a record stands for something else")
    return REVIEW if was[1] != now[1] else HARMLESS


def quality_line(edit: Edit) -> Ruling:
    """A quality line that is new, or is not there any more."""
    if edit.is_removed:
        return WIRE.saying("consumers may meet any value") if _lists_all(edit.before) else WEAKER
    return TIGHTER if is_strict(edit.after) or edit.after.get("scheduler") == WINDOW else REVIEW


def values(edit: Edit) -> Ruling:
    """The values that a quality line takes as valid."""
    grown = WIRE.saying("consumers meet values that they do not know") if _lists_all(edit.held_before) else WEAKER
    return set_of(grown=grown, shrunk=TIGHTER, unlike=grown)(edit)


def is_strict(line: Mapping[str, Any]) -> bool:
    """Whether no record at all may break a quality line, so that each is held to it."""
    threshold = json.loads(line.get(THRESHOLD, "{}"))
    none = any(threshold.get(name) == 0 for name in ("mustBe", "mustBeLessOrEqualTo"))
    return line.get("metric") == "invalidValues" and line.get("severity", "error") == "error" and none


def _lists_all(line: Mapping[str, Any]) -> bool:
    """Whether it lists every value that a record may have."""
    return is_strict(line) and "arguments.validValues" in line


def _version(text: Any) -> tuple[int, ...]:
    parts = str(text).split(".")
    return tuple(int(each) for each in parts) if all(each.isdigit() for each in parts) else (0,)
