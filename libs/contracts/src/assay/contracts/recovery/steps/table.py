"""Every step that there is, by its word."""

from __future__ import annotations

from collections.abc import Iterable

from assay.contracts.flow import Step
from assay.contracts.model import Contract
from assay.contracts.recovery.steps.casts import casts, parses
from assay.contracts.recovery.steps.change import Change, Make
from assay.contracts.recovery.steps.expressions import evaluates
from assay.contracts.recovery.steps.moves import drops, moves, renames
from assay.contracts.recovery.steps.patches import patches
from assay.contracts.recovery.steps.texts import cases, maps, merges, splits, trims
from assay.contracts.recovery.steps.values import copies, defaults, sets

__all__ = ["DECODE", "STEPS", "changes"]

DECODE = "decode"
"""The step that says how a record is read, before any other; it changes nothing that was read."""

STEPS: dict[str, Make] = {
    "set": sets,
    "default": defaults,
    "copy": copies,
    "rename": renames,
    "move": moves,
    "drop": drops,
    "cast": casts,
    "parse": parses,
    "trim": trims,
    "case": cases,
    "map": maps,
    "split": splits,
    "merge": merges,
    "patch": patches,
    "evaluate": evaluates,
}


def changes(steps: Iterable[Step], contract: Contract) -> list[Change]:
    """The changes that steps make, one after the other."""
    return [change for step in steps if step.action != DECODE for change in STEPS[step.action](step.said, contract)]
