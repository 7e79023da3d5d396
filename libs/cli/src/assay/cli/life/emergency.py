"""An emergency: what a check refuses is applied all the same, and that is written down."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from assay.cli.life.papers import approvals_folder
from assay.contracts.diff import REMOVED, Checked, overruled_text

__all__ = ["written_down"]


def written_down(folder: Path, checks: Sequence[Checked], reason: str, by: str) -> list[Path]:
    """Write a file beside the approvals for each contract that is applied against its check, to be committed."""
    at = datetime.datetime.now(datetime.UTC)
    return [_write(folder, each, reason, by, at) for each in checks if each.is_refused]


def _write(folder: Path, checked: Checked, reason: str, by: str, at: datetime.datetime) -> Path:
    file = approvals_folder(folder) / f"{checked.contract}.{checked.after or REMOVED}.emergency.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    facts = (checked.contract, checked.after or REMOVED, by, at.isoformat(timespec="seconds"), reason)
    file.write_text(overruled_text(*facts, checked.problems), encoding="utf-8")
    return file
