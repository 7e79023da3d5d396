"""Features of a window, held to their reference: what is remembered, and what starts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.features import FeatureState, Yardsticks, judge_features
from assay.drift.references import Reference
from assay.monitoring.profiles import profile_of
from assay.monitoring.profiles.cells import Cells
from tests.unit.drift.watched import table_of

PROFILE = profile_of(table_of(8_000, 1))
FIRST = Reference("first", "churn", "", PROFILE, (), "set", 0)
TUMBLING = Monitoring(window_s=60, hop_s=60)
HOPPING = Monitoring(window_s=120, hop_s=60)
OK, PENDING, FIRING = pb.DRIFT_STATE_OK, pb.DRIFT_STATE_PENDING, pb.DRIFT_STATE_FIRING


def cells(seed: int, shift: float = 0.0, rows: int = 2_000) -> Cells:
    return PROFILE.count(table_of(rows, seed, shift))


def states(shifts: Sequence[float], monitoring: Monitoring = TUMBLING, reference: Reference = FIRST) -> list[int]:
    state = FeatureState()
    found: list[int] = []
    for number, shift in enumerate(shifts):
        told, state = judge_features(monitoring, reference, 60_000 * number, cells(number, shift), state)
        found.append(told[0].state)
    return found


def test_two_windows_of_three_fire_and_three_calm_ones_end_it() -> None:
    assert states([0, 0.6, 0.6, 0, 0, 0]) == [OK, PENDING, FIRING, FIRING, FIRING, OK]


def test_windows_that_overlap_do_not_confirm_one_another() -> None:
    assert states([0, 0.6, 0.6, 0.6], HOPPING) == [OK, PENDING, PENDING, FIRING]


def test_while_it_fires_in_one_phase_a_feature_fires() -> None:
    assert states([0.6, 0, 0.6, 0, 0], HOPPING) == [PENDING, OK, FIRING, FIRING, FIRING]


def test_another_reference_starts_anew() -> None:
    _, state = judge_features(TUMBLING, FIRST, 0, cells(1, 0.6), FeatureState())
    told, after = judge_features(TUMBLING, replace(FIRST, id="second"), 60_000, cells(2, 0.6), state)
    fresh, expected = judge_features(TUMBLING, replace(FIRST, id="second"), 60_000, cells(2, 0.6), FeatureState())
    assert (told[0].state, told) == (PENDING, fresh)
    assert after == expected


def test_a_memory_that_can_not_be_read_is_learnt_again() -> None:
    told, _ = judge_features(TUMBLING, FIRST, 0, cells(1), FeatureState("first", (b"of another Assay",)))
    assert told[0].state == OK


def test_yardsticks_of_others_change_nothing() -> None:
    shared = Yardsticks()
    for rows in range(100, 400):
        judge_features(TUMBLING, FIRST, 0, cells(1, rows=rows), FeatureState(), shared)
    told, state = judge_features(TUMBLING, FIRST, 0, cells(1, 0.3), FeatureState(), shared)
    assert (told, state) == judge_features(TUMBLING, FIRST, 0, cells(1, 0.3), FeatureState(), Yardsticks())


def test_what_is_learnt_of_a_reference_without_dispersion_is_of_its_series_alone() -> None:
    learning = replace(FIRST, profile=replace(PROFILE, dispersion=None))
    found = states([0.0] * 20 + [0.8, 0.8], TUMBLING, learning)
    assert found == [pb.DRIFT_STATE_LEARNING] * 20 + [PENDING, FIRING]


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_evidence_says_how_much_is_missing_and_what_moved(shift: float) -> None:
    counts = cells(3, shift)
    told, _ = judge_features(TUMBLING, FIRST, 0, counts, FeatureState())
    assert told[0].missing == 0
    assert bool(told[0].moved) == bool(shift)
    assert sum(each.window for each in told[0].moved) <= 1


def test_a_segment_that_is_not_as_all_are_is_held_to_its_own_first_windows() -> None:
    state = FeatureState()
    found: list[int] = []
    for number, shift in enumerate([1.5] * 24 + [2.1, 2.1]):
        at_ms, counts = 60_000 * number, cells(number, shift)
        told, state = judge_features(TUMBLING, FIRST, at_ms, counts, state, is_segment=True)
        found.append(told[0].state)
    assert found == [pb.DRIFT_STATE_LEARNING] * 20 + [OK] * 4 + [PENDING, FIRING]
