"""Puts hostile records before a judge in a process with bounded memory, and gives account of what it said."""

from __future__ import annotations

import faulthandler
import json
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from assay.contracts import Judge, Reason, WireForm
from assay.testkit.hostile.contract import victim
from assay.testkit.hostile.inputs import Input

__all__ = ["Account", "judged", "try_judge"]

T = TypeVar("T")

BATCH = 250
HANG_S = 60.0
"""A batch that takes so long by the clock hangs; how much of the processor one input takes is in the account."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a judge said of hostile records, by their kind, and what the worst of them cost."""

    inputs: int
    accepted: dict[str, int]
    refused: dict[str, dict[str, int]]
    unexplained: int
    slowest_kind: str
    slowest_cpu_s: float
    peak_bytes: int


def try_judge(form: WireForm, seed: int, count: int) -> Account:
    """Judge so many records in a process of its own.

    Raises:
        CalledProcessError: it crashed, ran out of memory or hung; its stderr says where.
    """
    command = [sys.executable, "-m", "assay.testkit.hostile", form, str(seed), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 -- ours
    return Account(**json.loads(done.stdout))


def judged(form: WireForm, inputs: Iterator[Input]) -> Account:
    """Judge them here and now."""
    judge = Judge(victim(form))
    accepted: Counter[str] = Counter()
    refused: dict[str, Counter[str]] = defaultdict(Counter)
    unexplained, count, slowest = 0, 0, (0.0, "")
    while batch := list(islice(inputs, BATCH)):
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        count += len(batch)
        screened, cost_s = _timed(partial(judge.screen, [each.value for each in batch]))
        slowest = max(slowest, _blamed(judge, batch) if cost_s > 1 else (cost_s / len(batch), "a batch"))
        for each, seen in zip(batch, screened, strict=True):
            judged, cost_s = (seen, 0.0) if seen else _timed(partial(judge.explain, each.value))
            slowest = max(slowest, (cost_s, each.kind))
            verdict = judged.verdict
            if verdict.reason is None:
                accepted[each.kind] += 1
                continue
            refused[each.kind][Reason(verdict.reason)] += 1
            unexplained += not verdict.violations
    faulthandler.cancel_dump_traceback_later()
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    reasons = {kind: dict(found) for kind, found in refused.items()}
    return Account(count, dict(accepted), reasons, unexplained, slowest[1], round(slowest[0], 3), peak_bytes)


def _timed(act: Callable[[], T]) -> tuple[T, float]:
    began_s = time.process_time()
    found = act()
    return found, time.process_time() - began_s


def _blamed(judge: Judge, batch: Sequence[Input]) -> tuple[float, str]:
    """Which input of a slow batch is the slow one."""
    return max((_timed(partial(judge.screen, [each.value]))[1], each.kind) for each in batch)
