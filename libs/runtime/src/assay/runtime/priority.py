"""How far a process stands back where others want the same cores."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["stand_back"]

_AUTOGROUP = Path("/proc/self/autogroup")


def stand_back(nice: int) -> None:
    """Raise this process's nice value by as much, from 0 to 19, and that of its session where it leads one.

    Threads that run already keep theirs. Linux shares cores among sessions first where it groups by them, which makes a nice
    value count within a session alone (sched(7), "The autogroup feature"); a session that others lead is left as it is.
    """
    if not nice:
        return
    reached = os.nice(nice)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # this kernel does not group, or the place is not ours to write
            _AUTOGROUP.write_text(str(reached))
