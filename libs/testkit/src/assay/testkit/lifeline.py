"""Become another program that the kernel kills when its parent dies.

Run as a script, by the standard library alone: `python -I -S lifeline.py PARENT_PID PROGRAM [ARGUMENT ...]`.
The process id stays the same, so signals reach the program itself. On Linux only; elsewhere the program
runs without the tie and may outlive a parent that is killed hard.
"""

from __future__ import annotations

import os
import signal
import sys

__all__ = ["main", "tied"]

_PR_SET_PDEATHSIG = 1


def tied(command: list[str]) -> list[str]:
    """The command line that runs `command` tied to the life of this process.

    The tie is to the thread that starts it: start children from a thread that outlives them.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then become the program; returns never."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent died before its child began")
    try:
        os.execvp(command[0], command)  # noqa: S606 -- no shell is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
