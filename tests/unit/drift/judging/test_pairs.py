"""What pairs of features say: torn apart at once, in doubt twice of three, and no more false raises than are borne."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.signal import lfilter

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.pairs import MOST_TOLD, Paired, judge_pairs
from assay.drift.judging.pairs_learning import PairsLearning
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.multivariate import PairReference, PairSums, pair_sums_of, reference_of, scores_of
from assay.monitoring.multivariate import judge_pairs as engine
from assay.monitoring.multivariate.making import unknown
from assay.monitoring.profiles import Numbers, profile_of
from assay.monitoring.verdicts.budget import SHARE
from tests.unit.drift.watched import watched

ROWS, PAST = 1_000, 25
NULLS = int(os.environ.get("ASSAY_TEST_PAIR_WINDOWS", "200"))
"""Windows in which nothing drifts."""
NAMES = ("amount", "balance", "age", "visits")
CUTS = stats.norm.ppf(np.arange(1, 20) / 20)
MODEL = watched(Monitoring())
OK, PENDING, FIRING = pb.DRIFT_STATE_OK, pb.DRIFT_STATE_PENDING, pb.DRIFT_STATE_FIRING
INSUFFICIENT, LEARNING = pb.DRIFT_STATE_INSUFFICIENT, pb.DRIFT_STATE_LEARNING
Rows = NDArray[np.float64]


def drawn(
    seed: int, rows: int, tied: float = 0.6, memory: float = 0.0, names: Sequence[str] = NAMES, ties: int = 1
) -> Rows:
    """Normal features; the first goes together with as many others as there are ties, and each keeps its law."""
    fresh = np.random.default_rng([11, seed]).normal(size=(rows + 200, len(names)))
    values = np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], fresh, axis=0)[200:])
    values[:, 1 : ties + 1] = tied * values[:, :1] + np.sqrt(1 - tied**2) * values[:, 1 : ties + 1]
    return values


def sums(rows: Rows) -> PairSums:
    scores = scores_of([[1_000] * 20] * rows.shape[1])
    return pair_sums_of(scores, np.searchsorted(CUTS, rows).astype(np.int64))


def windows(seed: int, count: int, tied: float = 0.6, rows: int = ROWS, memory: float = 0.0) -> list[PairSums]:
    return [sums(each) for each in np.split(drawn(seed, rows * count, tied, memory), count)]


def held(pairs: PairReference | None, name: str = "ref-1") -> Reference:
    rows = np.random.default_rng(1).normal(size=(300, len(pairs.names) if pairs else 1))
    names = pairs.names if pairs else ("amount",)
    profile = profile_of({name: Numbers(rows[:, place]) for place, name in enumerate(names)})
    return Reference(name, "churn", "", profile, (), "set", 0, pairs)


REFERENCE = held(reference_of(NAMES, windows(1, PAST)))


def judged(
    seen: Iterable[PairSums], reference: Reference = REFERENCE, model: WatchedModel = MODEL, hour: int = 0
) -> list[Paired]:
    """Judge windows one after the other; each state is written and read in between."""
    state: dict[str, object] = {}
    told = []
    hop_s, window_s = model.monitoring.hop_s, model.monitoring.window_s
    for number, each in enumerate(seen, hour):
        stretch = (1000 * hop_s * number, 1000 * (hop_s * number + window_s))
        found, state = judge_pairs(model, reference, stretch, Totals(pairs={reference.id: each}), state)
        state = json.loads(json.dumps(state))
        told.append(found)
    return told


def states(told: Iterable[Paired]) -> list[int]:
    return [each.verdict.state if each.verdict else 0 for each in told]


def test_figures_are_those_of_the_engine() -> None:
    (window,) = windows(2, 1, 0.0)
    (told,) = judged([window])
    assert REFERENCE.pairs is not None
    found = engine(REFERENCE.pairs, window).findings[0]

    (pair,) = told.pairs
    assert (pair.left, pair.right, pair.n) == ("amount", "balance", ROWS)
    assert (pair.before, pair.now, pair.p, pair.q) == (found.before, found.now, found.p, found.q)
    assert told.verdict is not None
    assert (told.verdict.tested, told.verdict.moved, told.verdict.threshold, told.verdict.floor) == (6, 1, 0.01, 0.1)


def test_what_was_torn_apart_fires_at_once_and_three_calm_windows_end_it() -> None:
    told = judged([*windows(3, 2), *windows(4, 2, 0.0), *windows(5, 4)])

    assert states(told) == [OK, OK, FIRING, FIRING, FIRING, FIRING, OK, OK]
    assert [[each.state for each in one.pairs] for one in told[5:]] == [[FIRING], [OK], []]


def test_a_doubt_fires_in_the_second_of_three_windows() -> None:
    calm, odd = windows(6, 3), windows(7, 2, 0.4)

    assert states(judged([odd[0], calm[0], odd[1]])) == [PENDING, OK, FIRING]
    assert states(judged([odd[0], *calm[:2], odd[1]])) == [PENDING, OK, OK, PENDING]


def test_what_fires_is_not_over_while_it_is_only_less_sure() -> None:
    told = judged([*windows(8, 2, 0.0), *windows(9, 5, 0.45, rows=200)])

    assert states(told) == [FIRING] * 7
    assert 0 in [each.verdict.moved for each in told if each.verdict]


def test_windows_that_overlap_do_not_confirm_one_another() -> None:
    model = watched(Monitoring(window_s=7_200, hop_s=3_600))
    odd, calm = windows(7, 2, 0.4), windows(6, 2)

    assert states(judged([odd[0], odd[0], calm[0]], model=model)) == [PENDING, PENDING, OK]
    assert states(judged([odd[0], calm[0], odd[1]], model=model)) == [PENDING, OK, FIRING]


def test_too_few_rows_say_nothing_and_change_nothing() -> None:
    told = judged([*windows(3, 1, 0.0), *windows(4, 1, 0.6, rows=80), *windows(5, 3)])

    assert states(told) == [FIRING, INSUFFICIENT, FIRING, FIRING, OK]
    assert [(each.state, each.n) for each in told[1].pairs] == [(INSUFFICIENT, 80)]
    assert told[1].verdict is not None
    assert "100 rows" in told[1].verdict.note


def test_with_another_reference_all_begins_anew() -> None:
    _, state = judge_pairs(MODEL, REFERENCE, (0, 1), Totals(pairs={"ref-1": windows(3, 1, 0.0)[0]}), {})
    other = replace(REFERENCE, id="ref-2")

    told, after = judge_pairs(MODEL, other, (1, 2), Totals(pairs={"ref-2": windows(4, 1)[0]}), state)

    assert states([told]) == [OK]
    assert (told.pairs, after["kept"]) == ((), [])


def test_nothing_is_said_of_pairs_that_nobody_watches() -> None:
    window = windows(3, 1, 0.0)
    off = watched(Monitoring(pairs=False))

    assert judged(window, model=off) == judged(window, held(None)) == [Paired()]
    assert judge_pairs(MODEL, None, (0, 1), Totals(), {}) == (Paired(), {})
    assert judge_pairs(MODEL, REFERENCE, (0, 1), Totals(), {})[0] == Paired()


def test_without_windows_of_a_reference_the_first_twenty_show_it() -> None:
    told = judged([*windows(12, 21), *windows(13, 2, 0.0)], held(unknown(NAMES)))

    assert states(told) == [*[LEARNING] * 20, OK, FIRING, FIRING]
    assert told[4].verdict is not None
    assert told[4].verdict.note == "5 of 20 windows that show how features go together"


def test_what_is_learnt_is_the_reference_of_these_windows() -> None:
    past, learning = windows(14, 20, memory=0.9), PairsLearning()
    past[3] = PairSums(past[3].table * 0)
    for number, each in enumerate([*past, *windows(14, 1, 0.0)]):
        learning = PairsLearning.from_json(json.loads(json.dumps(learning.as_json())))
        learning = learning.with_window(NAMES, each, number, number + 1)

    made, asked, upper = learning.reference(NAMES), reference_of(NAMES, past), np.triu_indices(4, 1)

    for name in ("mean", "variance", "windows", "rows"):
        assert getattr(made, name)[upper] == pytest.approx(getattr(asked, name)[upper], rel=1e-9)


def test_windows_that_overlap_the_last_teach_nothing() -> None:
    model = watched(Monitoring(window_s=7_200, hop_s=3_600))
    told = judged(windows(15, 41), held(unknown(NAMES)), model)

    assert states(told) == [*[LEARNING] * 39, OK, OK]


def test_a_window_with_few_rows_teaches_nothing() -> None:
    told = judged([*windows(16, 3, rows=80), *windows(17, 20), *windows(18, 1)], held(unknown(NAMES)))

    assert states(told) == [*[INSUFFICIENT] * 3, *[LEARNING] * 20, OK]


def test_of_many_pairs_that_fire_those_are_told_of_until_they_are_over_that_came_first() -> None:
    names = [f"f{number}" for number in range(45)]

    def made(seed: int, tied: float, ties: int = 44) -> PairSums:
        return sums(drawn(seed, 400, tied, names=names, ties=ties))

    reference = held(reference_of(names, [made(number, 0.9) for number in range(20)]))
    first = judged([made(100, 0.9), *(made(101 + number, 0.0) for number in range(3))], reference)

    assert [len(each.pairs) for each in first] == [0, *[MOST_TOLD] * 3]
    listed = [[(each.left, each.right) for each in one.pairs] for one in first[1:]]
    assert listed[0] == listed[1] == listed[2]
    verdict = first[-1].verdict
    assert verdict is not None
    assert verdict.moved > MOST_TOLD
    assert "more pairs fire" in verdict.note


def test_a_pair_that_was_long_in_doubt_takes_no_place_of_those_that_fire() -> None:
    names = [f"f{number}" for number in range(45)]

    def made(seed: int, tied: float, apart: float) -> PairSums:
        """Many that go together, and two that do so by themselves."""
        two = drawn(1_000 + seed, 1_500, apart, names=("x", "y"))
        return sums(np.hstack([drawn(seed, 1_500, tied, names=names, ties=44), two]))

    reference = held(reference_of([*names, "x", "y"], [made(number, 0.9, 0.6) for number in range(20)]))
    told = judged([made(100, 0.9, 0.36), made(101, 0.0, 0.6), made(102, 0.0, 0.36)], reference)

    assert [(each.left, each.right, each.state) for each in told[0].pairs] == [("x", "y", PENDING)]
    listed = [[(each.left, each.right) for each in one.pairs] for one in told[1:]]
    assert listed[0] == listed[1]
    assert len(listed[0]) == MOST_TOLD


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_without_drift_no_more_is_raised_than_is_borne(memory: float) -> None:
    raised, of_each = 0, 40
    for seed in range(NULLS // of_each):
        reference = held(reference_of(NAMES, windows(1_000 + seed, PAST, rows=500, memory=memory)))
        quiet = judged(windows(100_000 + seed, of_each, rows=500, memory=memory), reference)
        fires = [{(each.left, each.right) for each in one.pairs if each.state == FIRING} for one in quiet]
        raised += sum(len(now - before) for before, now in zip([set(), *fires], fires, strict=False))

    borne = SHARE * MODEL.monitoring.false_raises * NULLS / MODEL.monitoring.windows_a_month
    assert raised <= stats.poisson.ppf(0.999, borne)
