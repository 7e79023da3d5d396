"""The process that explains records: it may hang or die, and its parent will know at which record.

Frames on stdin and stdout are a length of four bytes and MessagePack. An empty frame says that the process is up. A
request is a `Request`; the answers to it are an empty frame once its judge is built, then lists of `Judged`, one for each
record, in order.
"""

from __future__ import annotations

import functools
import select
import signal
from collections.abc import Callable, Sequence
from time import monotonic
from typing import BinaryIO, Protocol

import msgspec

from assay.contracts import load
from assay.contracts.judge import Judge, Judged
from assay.contracts.model import WireForm
from assay.contracts.verdict import Verdict
from assay.runtime.child import LENGTH, answer, at_work
from assay.runtime.failpoint import failpoint

__all__ = ["Explains", "Request", "main"]

TOGETHER_S = 0.002
JUDGES = 16
"""Judges that a process keeps; the one that was not asked for the longest is let go."""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """Records of one contract version to explain; `contract` is the text of its file.

    `one_by_one` asks for each verdict alone, so that whoever asks knows at which record this process ended.
    """

    contract: bytes
    form: WireForm
    values: Sequence[bytes | None]
    arrived_ms: Sequence[int | None]
    one_by_one: bool


class Explains(Protocol):
    """What of a judge is used here."""

    def explain(self, value: bytes | None, arrived_ms: int | None = None) -> Judged: ...


def main(
    idle_s: float,
    life_s: float,
    memory_bytes: int,
    judge_of: Callable[[bytes, WireForm], Explains] = lambda text, form: Judge(load(text), form),
) -> None:
    """Answer until stdin ends or nothing was asked for `idle_s`.

    A record that takes `life_s` ends the process by a signal of the kernel's, so that one whose parent was killed
    ends too. Memory above `memory_bytes` is refused by the kernel.
    """
    judges = functools.lru_cache(maxsize=JUDGES)(judge_of)
    decoder = msgspec.msgpack.Decoder(Request)
    with at_work(memory_bytes) as (questions, answers):
        answer(answers, b"")
        while select.select([questions], [], [], idle_s)[0] and (head := questions.read(LENGTH.size)):
            request = decoder.decode(questions.read(*LENGTH.unpack(head)))
            judge = judges(request.contract, request.form)
            answer(answers, b"")
            _explain(judge, request, answers, life_s)


def _explain(judge: Explains, request: Request, answers: BinaryIO, life_s: float) -> None:
    """Answer the records, those of `TOGETHER_S` in one frame."""
    encode = msgspec.msgpack.Encoder().encode
    told: list[tuple[Verdict, int | None, str]] = []
    since_s = monotonic()
    for value, arrived_ms in zip(request.values, request.arrived_ms, strict=True):
        signal.setitimer(signal.ITIMER_REAL, life_s)
        failpoint("explain")
        judged = judge.explain(value, arrived_ms)
        told.append((judged.verdict, judged.event_ms, f"{judged.marks:x}"))  # MessagePack has no integer that wide
        if request.one_by_one or monotonic() - since_s >= TOGETHER_S:
            answer(answers, encode(told))
            told, since_s = [], monotonic()
    if told:
        answer(answers, encode(told))
    signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    import sys

    main(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
