"""The process that works on schemas: one of them may take it down, or take for ever, and nobody else is held up.

Frames on stdin and stdout are a length of four bytes and a pickle; both ends are ours. An empty frame says that the
process is up, each other is the `Outcome` of one piece of work.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
from typing import BinaryIO

from assay.registry.outcome import Outcome
from assay.registry.subjects import registration
from assay.runtime.failpoint import failpoint

__all__ = ["LENGTH", "main"]

LENGTH = struct.Struct("!I")
READY = registration.__name__
"""Imported before there is work: reading the judges takes longer than most of it."""


def main(life_s: float, memory_bytes: int) -> None:
    """Do one piece of work after another until stdin ends.

    One that takes `life_s` ends the process by a signal of the kernel's: so it ends as well where its parent was killed.
    Memory above `memory_bytes` is refused by the kernel.
    """
    for name in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group; the parent still waits for an answer
        signal.signal(name, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit(memory_bytes)
    with os.fdopen(os.dup(0), "rb") as questions, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a runtime prints is no answer
        _answer(answers, b"")
        while head := questions.read(LENGTH.size):
            work = pickle.loads(questions.read(*LENGTH.unpack(head)))  # noqa: S301 -- our parent wrote it
            signal.setitimer(signal.ITIMER_REAL, life_s)
            failpoint("judge")
            _answer(answers, pickle.dumps(Outcome.of(work)))
            signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(answers: BinaryIO, body: bytes) -> None:
    answers.write(LENGTH.pack(len(body)) + body)
    answers.flush()


def _limit(memory_bytes: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    import sys

    main(float(sys.argv[1]), int(sys.argv[2]))
