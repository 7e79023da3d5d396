"""What users of each variant did: looks that hold at every window at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.drift.v1 import window_pb2
from assay.contracts.monitoring import Metric, Monitoring
from assay.drift.judging.experiments import experiment_of, judge_experiments
from assay.drift.judging.totals import Totals
from assay.monitoring.experiments import UserSums, look_at, sums_of
from tests.unit.drift.watched import watched

BOUGHT = Metric("bought", "outcome:purchase", "users", "old", (("new", 0.5), ("old", 0.5)), planned_users=8000)
MODEL = watched(Monitoring(metrics=(BOUGHT,)))
Users = Mapping[tuple[str, str], UserSums]


def users_of(seed: int, new: float = 0.1, old: float = 0.1, rows: int = 4000, metric: str = "bought") -> Users:
    draw = np.random.default_rng(seed)
    return {
        (metric, name): sums_of((draw.uniform(0, 1, rows) < share).astype(float))
        for name, share in (("new", new), ("old", old))
    }


def judged(
    windows: Iterable[Users], model: object = MODEL, *, kept: bool = False
) -> list[list[window_pb2.ExperimentLook]]:
    state: Mapping[str, object] = {}
    told = []
    for window in windows:
        looks, state = judge_experiments(model, None, Totals(users=window), state)  # type: ignore[arg-type]  # one is
        if kept:
            state = json.loads(json.dumps(state))
        told.append(looks)
    return told


def test_a_look_is_that_of_the_engine() -> None:
    users = users_of(1, new=0.14)

    ((told,),) = judged([users])

    wanted = look_at(experiment_of(BOUGHT, 1), {name: sums for (_, name), sums in users.items()})
    (found,), (by_hand,) = told.comparisons, wanted.comparisons
    assert (found.variant, found.control, found.state) == ("new", "old", "higher")
    assert (found.low, found.high, found.p, found.users) == (by_hand.low, by_hand.high, by_hand.p, 8000)
    assert by_hand.difference
    assert by_hand.fixed
    assert (found.difference, found.fixed_low) == (by_hand.difference.value, by_hand.fixed.low)
    assert (found.planned_users, found.decided_at) == (8000, 8000)
    assert (told.metric, told.is_balanced) == ("bought", True)


def test_what_was_decided_stays_decided() -> None:
    first, second = judged([users_of(1, new=0.14), users_of(2, rows=40_000)])

    assert [each[0].comparisons[0].state for each in (first, second)] == ["higher", "higher"]
    assert second[0].comparisons[0].decided_at == 8000


def test_a_metric_without_users_is_absent_and_keeps_its_past() -> None:
    first, nothing, last = judged([users_of(1, new=0.14), {}, users_of(2, rows=40_000)])

    assert (len(first), nothing) == (1, [])
    assert last[0].comparisons[0].decided_at == 8000


def test_metrics_share_how_often_they_may_be_wrong() -> None:
    assert experiment_of(BOUGHT, 4).alpha == 0.05 / 4


def test_users_of_a_variant_that_has_no_share_are_left_out() -> None:
    users = {**users_of(1), ("bought", "odd"): sums_of([1.0, 2.0]), ("other", "new"): sums_of([1.0])}

    ((told,),) = judged([users])

    assert {each.variant for each in told.comparisons} == {"new"}


def test_unequal_shares_of_users_are_said_and_nothing_else_is_believed() -> None:
    users = dict(users_of(1, new=0.2))
    users["bought", "new"] += users_of(2, new=0.2)["bought", "new"]

    ((told,),) = judged([users])

    assert not told.is_balanced
    assert told.comparisons[0].state == "invalid"


def test_a_metric_that_is_said_anew_begins_anew() -> None:
    other = watched(Monitoring(metrics=(replace(BOUGHT, numerator="outcome:return"),)))
    _, state = judge_experiments(MODEL, None, Totals(users=users_of(1, new=0.14)), {})

    (told,), _ = judge_experiments(other, None, Totals(users=users_of(2)), state)

    assert told.comparisons[0].state == "undecided"


@settings(max_examples=15)
@given(st.lists(st.floats(0.05, 0.3), max_size=6))
def test_what_is_kept_and_restored_judges_on_as_if_nothing_had_been_in_between(shares: list[float]) -> None:
    windows = [users_of(seed, new=share, rows=1000) for seed, share in enumerate(shares)]

    assert judged(windows, kept=True) == judged(windows)
