"""A contract in the older versions of the Open Data Contract Standard, and back."""

from __future__ import annotations

from assay.contracts.standard.patches import Patch, differences, patched
from assay.contracts.standard.versions import STANDARD_VERSIONS, in_version, newest

__all__ = ["STANDARD_VERSIONS", "Patch", "differences", "in_version", "newest", "patched"]
