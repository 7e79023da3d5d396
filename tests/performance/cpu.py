"""CPU time of a process and all that it started, and that it stands back for others, from outside (Linux)."""

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


def make_way(pid: int) -> None:
    """Leave a process the cores that nobody else wants, as `chrt --all-tasks --idle --pid 0 PID` does (sched(7), SCHED_IDLE)."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))


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
