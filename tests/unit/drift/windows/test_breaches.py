"""What people are told of windows: each change once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.windows.breaches import Fires, told
from tests.unit.drift.watched import watched

CONTRACT = watched().predictions
OK, PENDING, FIRING = pb.DRIFT_STATE_OK, pb.DRIFT_STATE_PENDING, pb.DRIFT_STATE_FIRING
INSUFFICIENT, LEARNING = pb.DRIFT_STATE_INSUFFICIENT, pb.DRIFT_STATE_LEARNING
STATES = (OK, PENDING, FIRING, INSUFFICIENT, LEARNING)
FIRED, RESOLVED = alerts_pb2.BREACH_STATE_FIRING, alerts_pb2.BREACH_STATE_RESOLVED


def window(number: int, state: pb.DriftState.ValueType, name: str = "tenure") -> pb.Window:
    made = pb.Window(
        model="churn", model_version="7", segment="plan=a/b", start_ms=60_000 * number, end_ms=60_000 * number + 60_000
    )
    made.features.add(feature=name, state=state, n=500, effect=0.3, test="chi2", p=1e-12)
    return made


def story(windows: Sequence[pb.Window]) -> list[tuple[int, int]]:
    """When what was said."""
    firing: Mapping[str, Fires] = {}
    found: list[tuple[int, int]] = []
    for each in windows:
        said, firing = told(firing, each, CONTRACT)
        found += [(one.window_start_ms // 60_000, one.state) for one in said]
    return found


def test_what_fires_is_told_once_and_once_that_it_is_over() -> None:
    states = [OK, PENDING, FIRING, FIRING, INSUFFICIENT, LEARNING, FIRING, OK, OK]
    assert story([window(number, state) for number, state in enumerate(states)]) == [(2, FIRED), (7, RESOLVED)]


@given(st.lists(st.sampled_from(STATES), max_size=30))
def test_firing_and_over_follow_one_another(states: list[pb.DriftState.ValueType]) -> None:
    said = [state for _, state in story([window(number, state) for number, state in enumerate(states)])]
    assert said == [FIRED, RESOLVED] * (len(said) // 2) + [FIRED] * (len(said) % 2)


def test_a_feature_that_is_not_watched_any_more_is_over() -> None:
    assert story([window(0, FIRING), window(1, OK, "other")]) == [(0, FIRED), (1, RESOLVED)]
    bare = window(1, OK)
    bare.ClearField("features")
    assert story([window(0, FIRING), bare]) == [(0, FIRED)]


def paired(number: int, state: pb.DriftState.ValueType | None, tested: int = 6) -> pb.Window:
    """A window of which one pair is told, or none."""
    made = window(number, OK)
    made.pairs_verdict.tested = tested
    if state is not None:
        made.pairs.add(left="tenure", right="age", state=state, n=500, before=0.8, now=0.1, p=1e-12, q=1e-11)
    return made


def test_a_pair_that_is_not_told_of_any_more_is_over() -> None:
    said, firing = told({}, paired(0, FIRING), CONTRACT)
    assert [each.promise for each in said] == ["drift/pair/tenure~age"]
    assert said[0].measured == "correlated by 0.10, and by 0.80 in the reference"

    assert story([paired(0, FIRING), paired(1, FIRING), paired(2, OK)]) == [(0, FIRED), (2, RESOLVED)]
    assert story([paired(0, FIRING), paired(1, None), paired(2, None)]) == [(0, FIRED), (1, RESOLVED)]
    (over,), _ = told(firing, paired(1, None), CONTRACT)
    assert over.measured == "they go together as in the reference"


def test_a_pair_of_which_a_window_knows_too_little_still_fires() -> None:
    assert story([paired(0, FIRING), paired(1, None, tested=0), paired(2, INSUFFICIENT)]) == [(0, FIRED)]


def test_pairs_that_are_not_watched_any_more_are_over() -> None:
    assert story([paired(0, FIRING), window(1, OK)]) == [(0, FIRED), (1, RESOLVED)]


def test_a_measurement_says_what_where_and_what_to_do() -> None:
    (said,), firing = told({}, window(3, FIRING), CONTRACT)
    assert said.fingerprint == "drift/churn/7/plan=a/b/feature/tenure"
    assert (said.contract, said.promise) == (CONTRACT.id, "drift/feature/tenure")
    assert said.promised == "churn 7 plan=a/b: tenure as in the reference"
    assert said.measured == "effect 0.300 (chi2, p 1.0e-12, 500 rows)"
    assert (said.value, said.kept) == (0.3, False)
    assert said.first_steps
    assert firing == {said.fingerprint: Fires("feature", "tenure", 180_000)}


def test_performance_skew_and_the_balance_of_experiments_are_told_too() -> None:
    made = pb.Window(model="churn", model_version="7", start_ms=0, end_ms=60_000)
    made.performance.predictions, made.performance.labelled, made.performance.state = 100, 60, FIRING
    made.performance.cause = "concept"
    made.performance.realised["accuracy"] = 0.75
    made.skew.add(feature="tenure", state=FIRING, joined=200, mismatched=50, rate=0.25)
    made.experiments.add(metric="conversion", is_balanced=False, balance_p=1e-9)
    said, _ = told({}, made, CONTRACT)
    assert [each.promise for each in said] == [
        "drift/performance/performance",
        "drift/skew/tenure",
        "drift/experiment/conversion",
    ]
    assert said[0].measured == "60 of 100 have a label; accuracy 0.750"
    assert said[0].cause == "concept drift"
    assert said[1].measured == "50 of 200 samples differ (25.00%)"
