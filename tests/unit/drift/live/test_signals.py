from __future__ import annotations

from assay.api.drift.v1.window_pb2 import (
    ConceptTest,
    DriftState,
    ExperimentLook,
    PairMoved,
    Performance,
    SkewVerdict,
    VariantComparison,
)
from assay.drift.live.signals import has_changed, ranked, signals_of, states_of, told
from tests.unit.drift.live.samples import FIRING, OK, PENDING, feature, window

INSUFFICIENT = DriftState.DRIFT_STATE_INSUFFICIENT


def test_every_part_of_a_window_is_a_signal_with_words() -> None:
    whole = window(
        features=[feature("age", FIRING, 0.3, "critical")],
        skew=[SkewVerdict(feature="age", state=FIRING, joined=200, mismatched=20, rate=0.1, low=0.07, high=0.15)],
        performance=Performance(
            state=FIRING, cause="concept", coverage=0.8, realised={"auc": 0.71},
            tests=[ConceptTest(test="loss", effect=0.2), ConceptTest(test="foretold", effect=-0.1, is_speaking=True)],
        ),
    )  # fmt: skip
    whole.experiments.append(
        ExperimentLook(
            metric="ctr",
            comparisons=[
                VariantComparison(variant="b", control="a", state="higher", difference=0.02, low=0.01, high=0.03),
                VariantComparison(variant="c", control="a", state="invalid", reason="users are not balanced"),
                VariantComparison(variant="d", control="a", state="insufficient"),
            ],
        )
    )
    whole.pairs.append(PairMoved(left="x", right="y", state=OK, before=0.8, now=0.1, p=1e-9))
    found = [(each.kind, each.name, each.state, each.severity, round(each.effect, 3)) for each in ranked(whole)]
    assert found == [
        ("feature", "age", FIRING, "critical", 0.3),
        ("performance", "performance", FIRING, "critical", -0.1),
        ("skew", "age", FIRING, "warning", 0.1),
        ("experiment", "ctr: c", FIRING, "warning", 0),
        ("pair", "x~y", OK, "", -0.7),
        ("experiment", "ctr: b", OK, "", 0.02),
        ("experiment", "ctr: d", INSUFFICIENT, "", 0),
    ]
    assert [told(each).words for each in ranked(whole)][:6] == [
        "chi2, effect 0.300, p 5.0e-01, up",
        "concept drift, auc 0.710, 80% labelled",
        "10.00% of 200 samples differ (7.00% to 15.00%)",
        "c is invalid against a: users are not balanced",
        "correlation 0.80 before, 0.10 now, p 1.0e-09",
        "b is higher by 0.01 to 0.03 against a",
    ]
    assert all(each.key.model == "delays" and each.end_ms == whole.end_ms for each in signals_of(whole))


def test_what_is_new_has_changed_only_where_it_is_in_doubt_or_fires() -> None:
    calm, doubt, firing = ({("feature", "a"): state} for state in (OK, PENDING, FIRING))
    assert not has_changed({}, calm)
    assert not has_changed({}, {("feature", "a"): INSUFFICIENT})
    assert has_changed({}, doubt)
    assert has_changed(calm, firing)
    assert has_changed(firing, calm)
    assert not has_changed(firing, firing)
    assert has_changed(firing, {})
    assert not has_changed(calm, {})


def test_states_are_those_of_the_signals() -> None:
    whole = window(features=[feature("a"), feature("b", FIRING)], performance=Performance(state=PENDING))
    assert states_of(whole) == {(each.kind, each.name): each.state for each in signals_of(whole)}


def test_variant_that_is_decided_is_a_change_and_fires_nothing() -> None:
    open_, decided = window(), window()
    for each, state in ((open_, "undecided"), (decided, "higher")):
        each.experiments.append(ExperimentLook(metric="ctr", comparisons=[VariantComparison(variant="b", state=state)]))
    assert has_changed(states_of(open_), states_of(decided))
    assert all(signal.state == OK for signal in signals_of(decided))
