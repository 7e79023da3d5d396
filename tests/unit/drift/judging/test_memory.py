"""It fires where it is spoken twice in three windows that share no prediction, and what is kept as JSON goes on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts.monitoring import Monitoring
from assay.drift.judging.memory import CLEAR_AFTER, Memory, overlap_of
from assay.monitoring.concept.states import Standing

Heard = list[tuple[bool, bool]]
HEARD = st.lists(st.tuples(st.booleans(), st.sampled_from([False, False, False, True])), max_size=60)
"""Whether it was spoken in a window, and whether that is sure enough by itself."""


def states(heard: Heard, overlap: int, *, kept: bool = False) -> list[bool]:
    """Whether it fires after each window."""
    memory, told = Memory(), []
    for spoke, sure in heard:
        standing = memory.standing(overlap).after(spoke or sure, sure=sure, clear_after=CLEAR_AFTER * overlap)
        memory = memory.after(standing, overlap, spoke=spoke or sure)
        if kept:
            memory = Memory.from_json(json.loads(json.dumps(memory.as_json())))
        told.append(memory.firing)
    return told


@given(HEARD)
def test_windows_that_do_not_overlap_are_judged_as_the_engine_does(heard: Heard) -> None:
    standing, told = Standing(), []
    for spoke, sure in heard:
        standing = standing.after(spoke or sure, sure=sure, clear_after=CLEAR_AFTER)
        told.append(standing.firing)

    assert states(heard, 1) == told


@given(HEARD, st.integers(1, 7))
def test_what_is_kept_and_restored_goes_on_as_if_nothing_had_been_in_between(heard: Heard, overlap: int) -> None:
    assert states(heard, overlap, kept=True) == states(heard, overlap)


@given(st.integers(2, 20))
def test_what_is_said_in_windows_that_all_overlap_is_said_once(overlap: int) -> None:
    assert not any(states([(True, False)] * overlap, overlap))


@given(st.integers(1, 20))
def test_the_first_window_that_does_not_overlap_confirms(overlap: int) -> None:
    assert states([(True, False)] * (overlap + 1), overlap)[-1]


@given(st.integers(1, 20))
def test_it_is_over_after_three_lengths_of_silence(overlap: int) -> None:
    told = states([(True, True), *[(False, False)] * (3 * overlap)], overlap)

    assert told == [True] * (3 * overlap) + [False]


@pytest.mark.parametrize(("window_s", "hop_s", "overlap"), [(3600, 3600, 1), (3600, 600, 6)])
def test_so_many_windows_overlap_as_begin_within_one(window_s: int, hop_s: int, overlap: int) -> None:
    assert overlap_of(Monitoring(window_s=window_s, hop_s=hop_s)) == overlap


@pytest.mark.parametrize("written", [None, [], {}, {"heard": "1"}, {"heard": 1, "spoke": [], "firing": 0}])
def test_of_anything_else_nothing_is_remembered(written: object) -> None:
    assert Memory.from_json(written) == Memory()
