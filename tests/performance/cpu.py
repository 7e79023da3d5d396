"""CPU time of a process and all that it started, and how far it stands back, from outside (Linux)."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["cpu_s", "make_way"]

SCHEDULER_CLOCK = 2


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and its living descendants, all their threads counted."""
    return sum(_own(each) for each in _family(pid))


def make_way(pid: int, nice: int) -> None:
    """Let a process of a session of its own stand back, as `assay.runtime.priority` does from inside."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
    with suppress(OSError):  # sessions share the cores alike here
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def _own(pid: int) -> float:
    """Read the clock that clock_getcpuclockid(3) names: nanoseconds, where /proc/PID/stat has hundredths."""
    with suppress(OSError):  # it has just ended
        return time.clock_gettime((~pid << 3) | SCHEDULER_CLOCK)
    return 0.0


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:  # grows while it is walked
        with suppress(OSError):  # as above
            for children in list(Path(f"/proc/{each}/task").glob("*/children")):
                found.extend(int(child) for child in children.read_text().split())
    return found
