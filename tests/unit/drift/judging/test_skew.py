"""What samples say of features: sure at once, or twice in three windows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtrc

from assay.api.drift.v1 import window_pb2
from assay.drift.judging.skew import judge_skew
from assay.drift.judging.totals import Totals
from assay.monitoring.skew import SkewCounts, wilson
from tests.unit.drift.watched import watched

MODEL = watched()
OK, PENDING, FIRING = window_pb2.DRIFT_STATE_OK, window_pb2.DRIFT_STATE_PENDING, window_pb2.DRIFT_STATE_FIRING
INSUFFICIENT = window_pb2.DRIFT_STATE_INSUFFICIENT


def counts(joined: int, mismatched: int, online_missing: int = 0) -> SkewCounts:
    return SkewCounts(joined, mismatched, online_missing)


def judged(windows: Iterable[Mapping[str, SkewCounts]], *, kept: bool = False) -> list[list[window_pb2.SkewVerdict]]:
    state: Mapping[str, object] = {}
    told = []
    for window in windows:
        found, state = judge_skew(MODEL, None, Totals(skew=window), state)
        if kept:
            state = json.loads(json.dumps(state))
        told.append(found)
    return told


def states(*windows: SkewCounts) -> list[int]:
    return [found[0].state for found in judged({"tenure": each} for each in windows)]


def test_figures_are_those_of_the_engine() -> None:
    ((told,),) = judged([{"tenure": counts(1000, 40, 10)}])

    assert (told.feature, told.joined, told.mismatched, told.rate) == ("tenure", 1000, 40, 0.04)
    assert (told.low, told.high) == wilson(40, 1000)
    assert (told.online_missing, told.offline_missing, told.method) == (0.01, 0.0, "sampled")


def test_what_is_nearly_sure_fires_at_once() -> None:
    assert states(counts(1000, 40)) == [FIRING]


def test_what_may_be_chance_fires_in_the_second_of_three_windows() -> None:
    odd, calm = counts(2000, 9), counts(2000, 1)

    assert states(odd, calm, odd) == [PENDING, OK, FIRING]
    assert states(odd, calm, calm, odd) == [PENDING, OK, OK, PENDING]


def test_three_calm_windows_end_it() -> None:
    assert states(counts(1000, 40), *[counts(1000, 0)] * 3) == [FIRING, FIRING, FIRING, OK]


def test_too_few_samples_say_nothing_and_change_nothing() -> None:
    assert states(counts(1000, 40), counts(200, 200), counts(1000, 0)) == [FIRING, INSUFFICIENT, FIRING]


def test_what_is_tolerated_is_calm() -> None:
    assert states(*[counts(1000, 1)] * 5) == [OK] * 5


def test_features_without_samples_are_absent_and_the_others_stand_for_themselves() -> None:
    windows = judged([{"tenure": counts(1000, 40), "age": counts(0, 0)}, {"age": counts(1000, 0)}])

    assert [[each.feature for each in told] for told in windows] == [["tenure"], ["age"]]


@pytest.mark.parametrize("joined", [300, 1000, 5000])
def test_a_feature_that_is_as_is_tolerated_speaks_in_one_window_of_a_thousand(joined: int) -> None:
    speaking = [each for each in range(40) if states(counts(joined, each)) != [OK]]

    assert bdtrc(min(speaking) - 1, joined, 0.001) <= 0.001
    assert speaking == [*range(min(speaking), 40)]


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 30)), max_size=12))
def test_what_is_kept_and_restored_judges_on_as_if_nothing_had_been_in_between(drawn: list[tuple[int, int]]) -> None:
    windows = [{"tenure": counts(joined, min(joined, mismatched))} for joined, mismatched in drawn]

    assert judged(windows, kept=True) == judged(windows)
