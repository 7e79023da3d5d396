"""The child's side of a process that works for its parent: frames on stdin and stdout, and a bound on its memory.

A frame is a length of four bytes and as many bytes. What it holds is up to the two.
"""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

__all__ = ["LENGTH", "answer", "at_work"]

LENGTH = struct.Struct("!I")


@contextmanager
def at_work(memory_bytes: int) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Give where questions come from and where answers go to.

    The signals that are sent to a whole group are for the parent, which still waits for an answer; an alarm ends the
    process. Memory above `memory_bytes` is refused by the kernel. What an engine prints is no answer: it goes to stderr.
    """
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit(memory_bytes)
    with os.fdopen(os.dup(0), "rb") as questions, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        yield questions, answers


def answer(answers: BinaryIO, body: bytes) -> None:
    """Write one frame, at once: what is answered is settled whatever comes next."""
    answers.write(LENGTH.pack(len(body)) + body)
    answers.flush()


def _limit(memory_bytes: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
