"""Changes and checks in words: for a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from assay.contracts.diff import Change, Checked, Exhibit, Standing
from assay.contracts.model import Party

__all__ = [
    "change_facts",
    "change_lines",
    "check_facts",
    "check_lines",
    "headline",
    "people",
    "reads",
    "shown",
    "value",
]

_LONGEST = 160

Facts = dict[str, Any]


def change_facts(change: Change) -> Facts:
    """A change as a JSON object."""
    return {
        "path": change.path,
        "class": str(change.kind),
        "before": change.before,
        "after": change.after,
        "says": change.says,
        "bump": change.bump.name.lower(),
        "approvers": [each.id for each in change.approvers],
        "told": [each.id for each in change.told],
        "fingerprint": change.fingerprint,
        "breaks": [
            {
                "direction": str(each.direction),
                "path": each.path,
                "rule": each.rule,
                "message": each.message,
                "passes": each.passes,
                "document": each.document,
            }
            for each in change.exhibits
        ],
    }


def check_facts(checked: Checked) -> Facts:
    """A check as a JSON object."""
    return {
        "contract": checked.contract,
        "before": checked.before,
        "after": checked.after,
        "class": str(checked.kind) if checked.kind else None,
        "bump": checked.bump.name.lower(),
        "refused": checked.is_refused,
        "problems": list(checked.problems),
        "changes": [change_facts(each) for each in checked.changes],
        "approvals": [_standing_facts(each) for each in checked.standings],
    }


def change_lines(changes: Iterable[Change]) -> list[str]:
    """A line for each change, and under it who is concerned and what breaks."""
    lines: list[str] = []
    for each in changes:
        lines.append(f"  {each.kind:<19} {each.path or '(the contract)'}: {shown(each)}")
        if each.approvers:
            lines.append(f"    approve: {people(each.consumers, each.owner)}; raise: {each.bump.name.lower()}")
        if each.told:
            lines.append(f"    told: {people(each.told)}")
        for exhibit in each.exhibits:
            lines.extend(f"    {line}" for line in _exhibit_lines(exhibit))
    return lines


def check_lines(checked: Checked) -> list[str]:
    """The check of one contract: what it came to, the changes, the approvals, and what is missing."""
    approvals = (
        f"  approval of {each.approver.id}: {each.evidence}, by {each.approval.by}: {each.approval.reason}"
        for each in checked.standings
        if each.approval and each.evidence
    )
    problems = (f"  refused: {problem}" for problem in checked.problems)
    return [headline(checked), *change_lines(checked.changes), *approvals, *problems]


def headline(checked: Checked) -> str:
    """One line for a check."""
    if checked.before is None:
        return f"contract {checked.contract} {checked.after}: new"
    if checked.after is None:
        return f"contract {checked.contract} {checked.before}: removed{', refused' if checked.is_refused else ''}"
    if not checked.changes and checked.before == checked.after and not checked.is_refused:
        return f"contract {checked.contract} {checked.after}: unchanged"
    outcome = "refused" if checked.is_refused else "fine"
    kind = f" ({checked.kind})" if checked.kind else ""
    return f"contract {checked.contract} {checked.before} → {checked.after}: {outcome}{kind}"


def shown(change: Change) -> str:
    """What was done to the value, and what that says."""
    if change.before is None and change.after is None:
        did = "changed"
    elif change.did == "changed":
        did = f"{value(change.before)} → {value(change.after)}"
    else:
        did = f"{change.did} {value(change.after if change.before is None else change.before)}"
    return f"{did}; {change.says}" if change.says else did


def value(of: object) -> str:
    """A value of a contract, on one line, cut where it is long."""
    text = of if isinstance(of, str) else json.dumps(of, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def people(parties: Sequence[Party], owner: Party | None = None) -> str:
    """Names with how to reach them."""
    named = [f"{each.id} ({each.contact})" if each.contact else each.id for each in parties]
    return ", ".join([*named, *([f"{owner.id} by merging"] if owner else [])])


def reads(exhibit: Exhibit) -> str:
    """Who can't read what."""
    backward = "records of the version before, read with the new one"
    return backward if exhibit.direction == "backward" else "new records, read with the version before"


def _exhibit_lines(exhibit: Exhibit) -> Iterable[str]:
    yield f"{reads(exhibit)}: {exhibit.message} [{exhibit.rule} at {exhibit.path or '/'}]"
    if exhibit.document:
        yield f"  breaks: {exhibit.document}"
    yield f"  passes with: {exhibit.passes}"


def _standing_facts(standing: Standing) -> Facts:
    approval = standing.approval
    return {
        "approver": standing.approver.id,
        "by": approval.by if approval else None,
        "reason": approval.reason if approval else None,
        "until": approval.until if approval else None,
        "evidence": str(standing.evidence) if standing.evidence else None,
        "missing": standing.missing or None,
        "paths": [each.path for each in standing.changes],
    }
