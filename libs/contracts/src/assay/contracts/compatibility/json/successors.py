"""Schemas that are literally true or false: what they may follow, and what may follow them.

A validator has no part in it. `true` takes every value, and `false` gives none to read; but a schema that turns into the
one, or comes out of the other, is no next version of anything, and is a mistake as a rule. Who means it writes `{}`, or
asks for LENIENT.
"""

from __future__ import annotations

from assay.contracts.compatibility.findings import Break
from assay.contracts.compatibility.json.shapes import Parts, types_of

__all__ = ["succession"]

_CHOICES = frozenset({"anyOf", "oneOf", "not"})


def succession(new: Parts, old: Parts) -> tuple[Break, ...]:
    """Why the new schema is no next version of the old one, whoever reads."""
    now, was = new.document.root, old.document.root
    if was is False and not isinstance(now, bool):
        message = "the version before is false, which no value is one of: nothing of it is kept"
        return (Break("", "json-was-false", message, "true or false, a new subject, or compatibilityPolicy LENIENT"),)
    if now is True and not isinstance(was, bool) and not _is_about_objects(old):
        message = "the version before says what a value is, and true says nothing any more"
        return (Break("", "json-became-true", message, "{}, or compatibilityPolicy LENIENT"),)
    return ()


def _is_about_objects(of: Parts) -> bool:
    """Whether a schema takes objects by the types that it names, or names none and is no choice."""
    root = of.document.root
    whole = of.whole(root)
    if not isinstance(whole, dict) or "object" not in types_of(whole):
        return False
    return "type" in whole or not any(part.kind in _CHOICES for part in of.of(of.document.unfolded(root)[0]))
