"""Features of a window at several scales: which is heard, what stands, what starts anew, and what is not split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.features import FeatureState, judge_features
from assay.drift.judging.scales import Longer, ScaleState, judge_scales
from assay.drift.judging.totals import Totals
from assay.drift.references import Reference
from assay.monitoring.profiles import profile_of
from assay.monitoring.profiles.cells import Cells
from tests.unit.drift.watched import table_of

PROFILE = profile_of(table_of(8_000, 1))
FIRST = Reference("first", "churn", "", PROFILE, (), "set", 0)
ALONE = Monitoring(window_s=60, hop_s=60)
SCALED = Monitoring(window_s=60, hop_s=60, scales_s=(240,))
OK, PENDING, FIRING = pb.DRIFT_STATE_OK, pb.DRIFT_STATE_PENDING, pb.DRIFT_STATE_FIRING
INSUFFICIENT = pb.DRIFT_STATE_INSUFFICIENT
AT_MS = 240_000
WEAK, STRONG = 0.25, 0.6


def cells(seed: int, shift: float = 0.0, rows: int = 500) -> Cells:
    return PROFILE.count(table_of(rows, seed, shift))


def totals(found: Cells | None, reference: str = "first") -> Totals:
    return Totals({reference: found} if found is not None else {})


def told(shifts: Sequence[float], rows: int = 500) -> Iterator[list[pb.FeatureVerdict]]:
    """What windows of a minute say; each fourth closes a stretch."""
    state, states = FeatureState(), dict[int, ScaleState]()
    seen: list[Cells] = []
    for number, shift in enumerate(shifts):
        window = cells(number, shift, rows)
        seen.append(window)
        longer: list[Longer] = []
        if number % 4 == 3:
            longer, seen = [Longer(240, AT_MS + 60_000 * (number - 3), totals(sum(seen[1:], seen[0])))], []
        said, state, states = judge_scales(
            SCALED, FIRST, AT_MS + 60_000 * number, totals(window), longer, state, states
        )
        yield said


def test_without_scales_nothing_is_different() -> None:
    state = FeatureState()
    said, after, scales = judge_scales(ALONE, FIRST, 0, totals(cells(1, STRONG)), (), state, {})
    assert (said, after) == judge_features(ALONE, FIRST, 0, cells(1, STRONG), state)
    assert scales == {}
    assert not any(each.HasField("scale_s") for each in said)


def test_a_small_shift_is_heard_at_the_scale_that_has_the_rows_for_it() -> None:
    found = [each[0] for each in told([WEAK] * 16)]
    loud = [(each.state, each.scale_s, each.n) for each in found if each.state in (PENDING, FIRING)]
    assert (FIRING, 240, 2_000) in loud
    firing = [number for number, each in enumerate(found) if each.state == FIRING]
    assert firing == [*range(firing[0], 16)]
    assert firing[0] % 4 == 3


def test_what_a_longer_scale_said_stands_with_its_evidence_until_it_speaks_again() -> None:
    found = [each[0] for each in told([WEAK] * 12 + [0.0] * 3)]
    assert found[11].state == FIRING
    assert [each.SerializeToString() for each in found[12:15]] == [found[11].SerializeToString()] * 3


def test_of_two_scales_that_fire_the_shorter_is_heard() -> None:
    found = [each[0] for each in told([STRONG] * 12, rows=2_000)]
    assert {(each.state, each.scale_s) for each in found[4:]} == {(FIRING, 60)}


def apart(
    windows: Sequence[Cells | None], stretches: Sequence[Cells | None]
) -> tuple[list[list[pb.FeatureVerdict]], dict[int, ScaleState]]:
    """What windows say of which each closes the stretch beside it, whatever that came to."""
    state, states = FeatureState(), dict[int, ScaleState]()
    found: list[list[pb.FeatureVerdict]] = []
    for number, (window, stretch) in enumerate(zip(windows, stretches, strict=True)):
        longer = [Longer(240, AT_MS * number, totals(stretch))] if stretch is not None else []
        said, state, states = judge_scales(
            SCALED, FIRST, AT_MS + 60_000 * number, totals(window), longer, state, states
        )
        found.append(said)
    return found, states


def test_that_a_longer_scale_is_calm_ends_what_fired_though_the_shorter_says_nothing() -> None:
    few = [cells(number, 0.0, 10) for number in range(5)]
    found, _ = apart(few, [cells(number, shift, 2_000) for number, shift in enumerate([STRONG, STRONG, 0, 0, 0])])
    assert [each[0].state for each in found] == [PENDING, FIRING, FIRING, FIRING, OK]
    assert {(each[0].scale_s, each[0].n) for each in found} == {(240, 2_000)}


def test_while_it_fires_a_scale_that_can_say_nothing_is_not_talked_over_by_one_that_is_calm() -> None:
    windows = [cells(1, STRONG, 2_000), cells(2, STRONG, 2_000), cells(3, 0.0, 20)]
    found, _ = apart(windows, [None, None, cells(50, 0.0, 8_000)])
    assert [(each[0].state, each[0].scale_s) for each in found] == [(PENDING, 60), (FIRING, 60), (INSUFFICIENT, 60)]


def test_a_window_without_features_says_nothing_and_closes_a_stretch_all_the_same() -> None:
    stretches = [cells(1, STRONG, 2_000), cells(2, STRONG, 2_000), None]
    found, states = apart([None, None, cells(3)], stretches)
    assert found[:2] == [[], []]
    assert (found[2][0].state, found[2][0].scale_s) == (FIRING, 240)
    assert states[240].said


def test_another_reference_starts_every_scale_anew() -> None:
    state, states = FeatureState(), dict[int, ScaleState]()
    for number in range(3):
        longer = [Longer(240, AT_MS * number, totals(cells(number, STRONG, 8_000)))]
        _, state, states = judge_scales(SCALED, FIRST, 0, totals(cells(number)), longer, state, states)
    assert states[240].said
    second = replace(FIRST, id="second")
    said, _, after = judge_scales(SCALED, second, 0, totals(cells(9), "second"), (), state, states)
    assert after == {240: ScaleState()}
    assert said[0].state == OK


def test_each_scale_has_its_share_of_the_budget_and_its_own_windows_a_month() -> None:
    tight = replace(SCALED, false_raises=0.1)
    shortest, longer = tight.at_scales()
    assert (shortest.false_raises, longer.false_raises) == (0.05, 0.05)
    assert longer.windows_a_month == shortest.windows_a_month / 4
    assert shortest.scales_s == longer.scales_s == ()


@pytest.mark.parametrize("windows", [84])
def test_a_segment_is_held_at_each_scale_to_its_own_first_windows(windows: int) -> None:
    state, states = FeatureState(), dict[int, ScaleState]()
    found: list[tuple[int, int]] = []
    for number in range(windows):
        of = [cells(4 * number + place, 1.5, 200) for place in range(4)]
        longer = [Longer(240, AT_MS * number, totals(sum(of[1:], of[0])))] if number % 4 == 3 else []
        window = totals(of[0])
        said, state, states = judge_scales(
            SCALED, FIRST, 60_000 * number, window, longer, state, states, is_segment=True
        )
        found.append((said[0].state, said[0].scale_s))
    assert {state for state, _ in found[:20]} == {pb.DRIFT_STATE_LEARNING}
    assert {state for state, _ in found[20:]} == {OK}
    assert states[240].features.own[0]
