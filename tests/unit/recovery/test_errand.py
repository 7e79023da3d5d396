"""A run in one partition goes where its dead letters are and counts what it leaves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from assay.recovery.errand import MOST_EXPLANATIONS, OTHERS, Errand
from assay.recovery.run import Run, RunKind, RunState
from assay.recovery.selection import Selection
from assay.runtime import SystemClock
from assay.streaming import Partition

HERE = Partition("orders.dead-letters", 1)
RUN = Run("r1", RunKind.DISCARD, Selection("orders"), "1.0.0", {0: 9, 1: 100_000, 2: 9}, "ana", "", 1, rate_per_s=30)


def errand(**asked: object) -> Errand:
    return Errand(replace(RUN, **asked), HERE, SystemClock())  # type: ignore[arg-type]  # fields of a run


def test_single_dead_letters_that_are_far_apart_are_gone_to() -> None:
    places = {f"{HERE.topic}/1/{offset}" for offset in (10, 60_000)} | {f"{HERE.topic}/2/7", "no place"}
    found = errand(selection=Selection("orders", places=frozenset(places)))
    assert [found.next_offset(at) for at in (0, 10, 11, 60_000, 60_001)] == [0, 10, 60_000, 60_000, 100_000]


def test_one_without_a_dead_letter_here_is_at_its_end_at_once() -> None:
    found = errand(selection=Selection("orders", places=frozenset({f"{HERE.topic}/2/7"})))
    assert found.next_offset(0) == found.end


def test_all_that_may_be_meant_is_read() -> None:
    assert errand().next_offset(4) == 4


def test_partitions_that_are_through_leave_their_rate_to_the_others() -> None:
    assert errand().rate_per_s == 10
    assert errand(done=frozenset({0, 2})).rate_per_s == 30


def test_a_paused_run_settles_nothing() -> None:
    assert errand(state=RunState.PAUSED, rate_per_s=0.0).spare(5) == 0
    assert errand(rate_per_s=0.0).spare(5) == 5


def test_causes_beyond_the_most_are_counted_together() -> None:
    found = errand().with_left(Counter({("f", f"cause {number}"): 2 for number in range(50)}))
    assert found.total() == 100
    assert found[OTHERS] == 2 * (50 - MOST_EXPLANATIONS)
