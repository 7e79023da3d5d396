"""Places where a process can be told to die, for tests that kill between two steps."""

from __future__ import annotations

import os

__all__ = ["DIED", "VARIABLE", "failpoint"]

VARIABLE = "ASSAY_FAILPOINTS"
DIED = 137


def failpoint(name: str) -> None:
    """Do nothing, unless `ASSAY_FAILPOINTS` holds `name` or `name:N`: then the first or N-th pass ends the process.

    The end is `os._exit(137)`: no clean-up, no flush, as a kill -9 at this very line. Several are split by commas.
    """
    if not _armed:
        return
    left = _armed.get(name)
    if left is None:
        return
    _armed[name] = left - 1
    if left <= 1:
        os._exit(DIED)


def _read(text: str) -> dict[str, int]:
    pairs = (entry.partition(":") for entry in text.split(",") if entry)
    return {name: int(count or 1) for name, _, count in pairs}


_armed = _read(os.environ.get(VARIABLE, ""))
