"""Labels meet predictions in any order: the newest revision counts, once, in the window of its prediction."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.monitoring.performance import BinaryCounts, Joined, Label, Pair, Prediction, Windows, count_binary, merged

SIZE, HORIZON = 1_000, 5_000
Said = tuple[int, float]
Fact = Prediction[Said] | Label


def count(pair: Pair[Said]) -> BinaryCounts:
    said, score = pair.prediction.said
    truth = -1 if pair.truth is None else int(pair.truth)
    return count_binary(np.array([said]), np.array([score]), np.array([truth]))


def predicted(name: str, time_ms: int, said: int = 1) -> Prediction[Said]:
    return Prediction(name, time_ms, (said, 0.7))


@pytest.fixture
def joined() -> Joined[Said, BinaryCounts]:
    return Joined(SIZE, HORIZON, count)


def windows_of(facts: list[Fact]) -> dict[int, BinaryCounts]:
    joined: Joined[Said, BinaryCounts] = Joined(SIZE, HORIZON, count)
    found: dict[int, BinaryCounts] = {}
    for fact in facts:
        found = merged(found, joined.meet(fact))
    return {start: counts for start, counts in found.items() if counts.n}


NAMES = st.sampled_from(["a", "b", "c"])
PREDICTIONS = st.builds(predicted, NAMES, st.integers(0, 4_000), st.integers(0, 1))
LABELS = st.builds(Label, NAMES, st.integers(1, 3), st.integers(0, 12_000), st.sampled_from([0.0, 1.0, None]))
FACTS: st.SearchStrategy[list[Fact]] = st.lists(st.one_of(PREDICTIONS, LABELS), max_size=12)


@settings(deadline=None)
@given(FACTS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_no_window(facts: list[Fact], chance: random.Random) -> None:
    again = facts + chance.choices(facts, k=3) if facts else []
    assert windows_of(chance.sample(again, len(again))) == windows_of(facts)


@settings(deadline=None)
@given(FACTS)
def test_windows_hold_each_prediction_once_with_its_highest_revision_in_time(facts: list[Fact]) -> None:
    wanted: dict[int, BinaryCounts] = {}
    for name in sorted({each.prediction_id for each in facts if isinstance(each, Prediction)}):
        mine = [each for each in facts if each.prediction_id == name]
        first = min((each for each in mine if isinstance(each, Prediction)), key=lambda p: (p.time_ms, repr(p.said)))
        near = [each for each in mine if isinstance(each, Label) and abs(each.time_ms - first.time_ms) <= HORIZON]
        newest = max(near, key=lambda each: (each.revision, each.time_ms, repr(each.truth)), default=None)
        counts = count(Pair(first, newest.truth if newest else None))
        start = first.time_ms // SIZE * SIZE
        wanted[start] = wanted[start] + counts if start in wanted else counts
    assert windows_of(facts) == wanted


def test_a_corrected_label_replaces_and_adds_nothing() -> None:
    found = windows_of([predicted("a", 10), Label("a", 1, 20, 1.0), Label("a", 2, 30, 0.0)])
    assert found == windows_of([predicted("a", 10), Label("a", 2, 30, 0.0)])
    assert (found[0].labelled, found[0].wrong) == (1, 1)


def test_an_older_revision_that_comes_later_changes_nothing(joined: Joined[Said, BinaryCounts]) -> None:
    joined.meet(predicted("a", 10))
    joined.meet(Label("a", 2, 30, 0.0))
    assert joined.meet(Label("a", 1, 20, 1.0)) == []


def test_a_label_that_is_taken_back_leaves_a_prediction_without_one() -> None:
    found = windows_of([predicted("a", 10), Label("a", 1, 20, 1.0), Label("a", 2, 30, None)])
    assert found == windows_of([predicted("a", 10)])


def test_a_label_before_its_prediction_waits(joined: Joined[Said, BinaryCounts]) -> None:
    assert joined.meet(Label("a", 1, 900, 1.0)) == []
    (delta,) = joined.meet(predicted("a", 2_500))
    assert (delta.start_ms, delta.counts.labelled) == (2_000, 1)


def test_a_label_without_a_prediction_is_unmatched_past_the_horizon(joined: Joined[Said, BinaryCounts]) -> None:
    joined.meet(Label("a", 1, 900, 1.0))
    assert joined.forget(900 + HORIZON) == 0
    assert joined.forget(901 + HORIZON) == 1
    assert (joined.unmatched, len(joined)) == (1, 0)


def test_a_label_from_beyond_the_horizon_never_counts_and_is_unmatched(joined: Joined[Said, BinaryCounts]) -> None:
    joined.meet(predicted("a", 0))
    assert joined.meet(Label("a", 1, HORIZON + 1, 1.0)) == []
    assert joined.forget(2 * HORIZON + 1) == 0  # it may come again, and is the same one then
    assert joined.forget(2 * HORIZON + 2) == 1


def test_a_prediction_that_comes_again_after_it_was_forgotten_is_not_counted_twice(
    joined: Joined[Said, BinaryCounts],
) -> None:
    assert len(joined.meet(predicted("a", 0))) == 1
    joined.forget(HORIZON + 1)
    assert joined.meet(predicted("a", 0)) == []
    assert joined.late == 1


def test_a_late_label_opens_its_window_again_as_a_revision_with_more_coverage(
    joined: Joined[Said, BinaryCounts],
) -> None:
    windows: Windows[BinaryCounts] = Windows()
    for name in ("a", "b"):
        windows.add(joined.meet(predicted(name, 10)))
    windows.add(joined.meet(predicted("c", 1_500)))
    assert [(each.start_ms, each.revision, each.coverage) for each in windows.publish(1_000)] == [(0, 1, 0.0)]
    windows.add(joined.meet(Label("a", 1, 4_000, 1.0)))
    assert [(each.start_ms, each.revision, each.coverage) for each in windows.publish(1_000)] == [(0, 2, 0.5)]
    assert windows.publish(1_000) == []


def test_partitions_merge_to_what_one_of_them_would_count_alone() -> None:
    facts: list[Fact] = [predicted("a", 10), predicted("b", 20), Label("a", 1, 30, 0.0), Label("b", 1, 40, 1.0)]
    parts = [[each for each in facts if each.prediction_id == name] for name in ("b", "a")]
    both = windows_of(parts[0])[0] + windows_of(parts[1])[0]
    assert {0: both} == windows_of(facts)
