"""What changed between two versions of a contract, and what that asks for."""

from __future__ import annotations

from assay.contracts.diff.approvals import (
    SUFFIX,
    Approval,
    Evidence,
    Witness,
    approval_name,
    approval_text,
    overruled_text,
    read_approval,
)
from assay.contracts.diff.change import Bump, Change, ChangeClass, Exhibit
from assay.contracts.diff.checking import REMOVED, Checked, Papers, Standing, check_versions, gone, removal
from assay.contracts.diff.differing import diff, mode_of
from assay.contracts.diff.versions import asked, next_version, raised

__all__ = [
    "REMOVED",
    "SUFFIX",
    "Approval",
    "Bump",
    "Change",
    "ChangeClass",
    "Checked",
    "Evidence",
    "Exhibit",
    "Papers",
    "Standing",
    "Witness",
    "approval_name",
    "approval_text",
    "asked",
    "check_versions",
    "diff",
    "gone",
    "mode_of",
    "next_version",
    "overruled_text",
    "raised",
    "read_approval",
    "removal",
]
