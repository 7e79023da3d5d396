"""What people are told of windows: each change once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Measurement, State, step
from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Metric, Monitoring
from assay.drift.windows.breaches import Fires, told
from tests.unit.drift.watched import watched

MODEL = watched()
CONTRACT = MODEL.predictions
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
        said, firing = told(firing, each, MODEL)
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


def test_a_feature_that_the_contract_has_no_more_is_over_although_a_window_has_none_at_all() -> None:
    bare = window(1, OK, "gone")
    bare.ClearField("features")
    assert story([window(0, FIRING, "gone"), bare]) == [(0, FIRED), (1, RESOLVED)]


def paired(number: int, state: pb.DriftState.ValueType | None, tested: int = 6) -> pb.Window:
    """A window of which one pair is told, or none."""
    made = window(number, OK)
    made.pairs_verdict.tested = tested
    if state is not None:
        made.pairs.add(left="tenure", right="age", state=state, n=500, before=0.8, now=0.1, p=1e-12, q=1e-11)
    return made


def test_a_pair_that_is_not_told_of_any_more_is_over() -> None:
    said, firing = told({}, paired(0, FIRING), MODEL)
    assert [each.promise for each in said] == ["drift/pair/tenure~age"]
    assert said[0].measured == "correlated by 0.10, and by 0.80 in the reference"

    assert story([paired(0, FIRING), paired(1, FIRING), paired(2, OK)]) == [(0, FIRED), (2, RESOLVED)]
    assert story([paired(0, FIRING), paired(1, None), paired(2, None)]) == [(0, FIRED), (1, RESOLVED)]
    (over,), _ = told(firing, paired(1, None), MODEL)
    assert over.measured == "they go together as in the reference"


def test_a_pair_of_which_a_window_knows_too_little_still_fires() -> None:
    assert story([paired(0, FIRING), paired(1, None, tested=0), paired(2, INSUFFICIENT)]) == [(0, FIRED)]


def test_pairs_that_are_not_watched_any_more_are_over() -> None:
    assert story([paired(0, FIRING), window(1, OK)]) == [(0, FIRED), (1, RESOLVED)]


def test_a_measurement_says_what_where_and_what_to_do() -> None:
    (said,), firing = told({}, window(3, FIRING), MODEL)
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
    said, _ = told({}, made, MODEL)
    assert [each.promise for each in said] == [
        "drift/performance/performance",
        "drift/skew/tenure",
        "drift/experiment/conversion",
    ]
    assert said[0].measured == "60 of 100 have a label; accuracy 0.750"
    assert said[0].cause == "concept drift"
    assert said[1].measured == "50 of 200 samples differ (25.00%)"


@given(st.lists(st.lists(st.sampled_from(STATES), min_size=1, max_size=4), max_size=8), st.booleans())
def test_who_hears_of_windows_and_of_every_revision_knows_what_fires(
    revisions: list[list[pb.DriftState.ValueType]], is_published_twice: bool
) -> None:
    firing: Mapping[str, Fires] = {}
    breach: Breach | None = None
    published: list[alerts_pb2.Measurement] = []
    for number, states in enumerate(revisions):
        batch: list[alerts_pb2.Measurement] = []
        for state in states:
            said, firing = told(firing, window(number, state), MODEL)
            batch += said
        published += batch * 2 if is_published_twice else batch
    for each in published * 2 if is_published_twice else published:
        breach = step(breach, heard(each)).breach or breach

    open_ones = [each for each in firing.values() if each.over_ms is None]
    assert (breach is not None and breach.is_open) == bool(open_ones)
    if revisions and len(revisions[-1]) == 1 and revisions[-1][0] in (OK, PENDING, FIRING):
        assert bool(open_ones) == (revisions[-1][0] == FIRING)


def heard(said: alerts_pb2.Measurement) -> Measurement:
    """A measurement as alerts read it, as far as the life of a breach depends on it."""
    state = State.FIRING if said.state == FIRED else State.RESOLVED
    words = (said.contract, said.contract_version, said.promise, said.promised, said.measured)
    return Measurement(
        said.fingerprint, *words, said.value, said.window, said.window_start_ms, said.window_end_ms, state
    )


def test_what_no_contract_names_any_more_is_over() -> None:
    made = window(0, OK)
    made.performance.state = FIRING
    made.skew.add(feature="tenure", state=FIRING, joined=200, mismatched=50, rate=0.25)
    made.experiments.add(metric="conversion", is_balanced=False, balance_p=1e-9)
    metric = Metric("conversion", "outcome:bought", "users", "a", (("a", 0.5), ("b", 0.5)))
    asked = watched(Monitoring(metrics=(metric,)))
    less = replace(MODEL, logs={"predictions": CONTRACT})

    _, firing = told({}, made, asked)
    nothing, still = told(firing, window(1, OK), asked)
    over, _ = told(still, window(2, OK), less)

    assert (len(firing), nothing, still) == (3, [], firing)
    assert {each.promise for each in over} == {
        "drift/performance/performance", "drift/skew/tenure", "drift/experiment/conversion",
    }  # fmt: skip
    assert {each.measured for each in over} == {"it is not watched any more"}
