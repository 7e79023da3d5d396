"""Reference profiles: frozen bins, the counts of a window in them, and how much windows differ without any drift."""

from __future__ import annotations

from assay.monitoring.profiles.cells import Cells
from assay.monitoring.profiles.columns import Labels, Numbers, Table
from assay.monitoring.profiles.reference import Profile, profile_of

__all__ = ["Cells", "Labels", "Numbers", "Profile", "Table", "profile_of"]
