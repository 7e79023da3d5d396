"""What changed from version to version, and what each change is to those who rely on the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from assay.contracts.diff import Change, diff
from assay.contracts.model import Contract
from assay.contracts.pages.html import badge, code, shown, table, text

__all__ = ["changes_tables"]

_MOST = 200


def changes_tables(versions: Sequence[Contract]) -> str:
    """A table for each step between versions, the newest first; a word where there is one version only."""
    if len(versions) < 2:
        return f"<p>Version {text(versions[-1].version)} is the only one here.</p>"
    return "\n".join(_steps(versions))


def _steps(versions: Sequence[Contract]) -> Iterator[str]:
    for place in range(len(versions) - 1, 0, -1):
        before, after = versions[place - 1], versions[place]
        found = diff(before, after, versions[: place - 1])
        yield f"<h3>{text(before.version)} to {text(after.version)}</h3>"
        if not found:
            yield "<p>Nothing but the version.</p>"
            continue
        yield table(("Where", "Change", "Was and is", "Which means"), map(_row, found[:_MOST]))
        if len(found) > _MOST:
            yield f"<p>and {len(found) - _MOST} more.</p>"


def _row(change: Change) -> tuple[str, ...]:
    who = ", ".join(each.id for each in change.consumers)
    concerned = f"<small>concerns {text(who)}</small>" if who else ""
    return code(change.path), badge(change.kind.value), _values(change), text(change.says) + concerned


def _values(change: Change) -> str:
    before, after = ("nothing" if value is None else shown(_said(value)) for value in (change.before, change.after))
    return f"{before} → {after}"


def _said(value: object) -> str:
    """A value in the words of its file."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
