"""Where too few values were computed again, skew has the word of the feature's own verdict, and nobody is told twice."""

from __future__ import annotations

from collections.abc import Sequence

from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.judging.fallback import by_distribution
from assay.drift.live.signals import signals_of
from assay.drift.windows.breaches import told
from tests.unit.drift.watched import watched

MODEL = watched()
FIRING, OK, INSUFFICIENT = pb.DRIFT_STATE_FIRING, pb.DRIFT_STATE_OK, pb.DRIFT_STATE_INSUFFICIENT


def features(state: pb.DriftState.ValueType = FIRING) -> list[pb.FeatureVerdict]:
    names = ("tenure", "plan", "prediction.score")
    return [pb.FeatureVerdict(feature=name, state=state, n=900, effect=0.25) for name in names]


def sampled(joined: int, state: pb.DriftState.ValueType) -> pb.SkewVerdict:
    return pb.SkewVerdict(feature="tenure", state=state, joined=joined, mismatched=3, rate=3 / joined, method="sampled")


def told_of(found: Sequence[pb.SkewVerdict]) -> list[tuple[str, str, int]]:
    return [(each.feature, each.method, each.state) for each in found]


def test_features_with_too_few_samples_have_the_word_of_their_own_verdict() -> None:
    found = by_distribution(MODEL, [sampled(200, INSUFFICIENT)], features())

    assert told_of(found) == [("plan", "distribution", FIRING), ("tenure", "distribution", FIRING)]
    assert (found[1].joined, found[1].mismatched, found[1].n, found[1].effect) == (200, 3, 900, 0.25)
    assert (found[1].rate, found[1].low, found[1].high) == (0, 0, 0)


def test_samples_enough_stand_for_themselves() -> None:
    found = by_distribution(MODEL, [sampled(1000, OK)], features())

    assert told_of(found) == [("plan", "distribution", FIRING), ("tenure", "sampled", OK)]


def test_a_verdict_that_is_none_yet_says_nothing_of_skew() -> None:
    for state in (INSUFFICIENT, pb.DRIFT_STATE_LEARNING):
        assert told_of(by_distribution(MODEL, [sampled(200, INSUFFICIENT)], features(state))) == [
            ("tenure", "sampled", INSUFFICIENT)
        ]


def test_a_window_without_samples_has_no_skew() -> None:
    assert by_distribution(MODEL, [], features()) == []


def test_what_is_said_by_distribution_is_no_second_breach_and_no_second_signal() -> None:
    window = pb.Window(model="churn", model_version="7", start_ms=0, end_ms=3_600_000, features=features())
    alone, _ = told({}, window, MODEL)
    signals = len([*signals_of(window)])
    window.skew.extend(by_distribution(MODEL, [sampled(200, INSUFFICIENT)], window.features))

    assert [each.fingerprint for each in told({}, window, MODEL)[0]] == [each.fingerprint for each in alone]
    assert len([*signals_of(window)]) == signals
