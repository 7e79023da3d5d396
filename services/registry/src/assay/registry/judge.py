"""The process that works on schemas: one of them may take it down, or take for ever, and nobody else is held up.

Frames on stdin and stdout are a length of four bytes and a pickle; both ends are ours. An empty frame says that the
process is up, each other is the `Outcome` of one piece of work.
"""

from __future__ import annotations

import pickle
import signal

from assay.registry.outcome import Outcome
from assay.registry.subjects import registration
from assay.runtime.child import LENGTH, answer, at_work
from assay.runtime.failpoint import failpoint

__all__ = ["main"]

READY = registration.__name__
"""Imported before there is work: reading the judges takes longer than most of it."""


def main(life_s: float, memory_bytes: int) -> None:
    """Do one piece of work after another until stdin ends.

    One that takes `life_s` ends the process by a signal of the kernel's: so it ends as well where its parent was killed.
    Memory above `memory_bytes` is refused by the kernel.
    """
    with at_work(memory_bytes) as (questions, answers):
        answer(answers, b"")
        while head := questions.read(LENGTH.size):
            work = pickle.loads(questions.read(*LENGTH.unpack(head)))  # noqa: S301 -- our parent wrote it
            signal.setitimer(signal.ITIMER_REAL, life_s)
            failpoint("judge")
            answer(answers, pickle.dumps(Outcome.of(work)))
            signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    import sys

    main(float(sys.argv[1]), int(sys.argv[2]))
