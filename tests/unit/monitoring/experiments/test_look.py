from __future__ import annotations

import json

import numpy as np
import pytest

from assay.monitoring.experiments import Experiment, Past, UserSums, look_at, sums_of

EVEN = {"a": 0.5, "b": 0.5}
PLANNED = Experiment(EVEN, "a", planned_users=4_000)


def converted(users: int, of_them: int) -> UserSums:
    return sums_of(np.arange(users) < of_them)


def test_a_clear_rise_is_higher_with_its_evidence() -> None:
    look = look_at(PLANNED, {"a": converted(2_000, 100), "b": converted(2_000, 200)})

    found = look.comparisons[0]
    assert (found.state, found.users, found.decided_at, look.past.looks) == ("higher", 4_000, 4_000, 1)
    assert found.values == (0.1, 0.05)
    assert found.low is not None
    assert found.low > 0
    assert found.p < 0.05 == found.alpha


def test_a_fall_is_lower() -> None:
    assert look_at(PLANNED, {"a": converted(2_000, 200), "b": converted(2_000, 100)}).comparisons[0].state == "lower"


def test_a_variant_that_kills_all_conversions_is_lower() -> None:
    assert look_at(PLANNED, {"a": converted(2_000, 200), "b": converted(2_000, 0)}).comparisons[0].state == "lower"


def test_no_difference_is_undecided() -> None:
    found = look_at(PLANNED, {"a": converted(2_000, 100), "b": converted(2_000, 101)}).comparisons[0]

    assert (found.state, found.reason, found.decided_at) == ("undecided", "the interval holds 0", None)


def test_few_users_are_insufficient() -> None:
    found = look_at(PLANNED, {"a": converted(499, 10), "b": converted(500, 200)}).comparisons[0]

    assert (found.state, found.reason) == ("insufficient", "each variant needs 500 users")


def test_few_conversions_are_insufficient() -> None:
    assert (
        look_at(PLANNED, {"a": converted(2_000, 0), "b": converted(2_000, 29)}).comparisons[0].state == "insufficient"
    )


def test_users_who_are_all_alike_are_insufficient() -> None:
    assert look_at(PLANNED, {"a": converted(600, 600), "b": converted(600, 600)}).comparisons[0].state == "insufficient"


def test_a_denominator_of_nothing_is_insufficient() -> None:
    nothing = sums_of(np.zeros(600), np.zeros(600))

    assert look_at(PLANNED, {"a": nothing, "b": nothing}).comparisons[0].state == "insufficient"


def test_a_small_variant_of_rare_conversions_is_insufficient() -> None:
    experiment = Experiment({"a": 0.9, "b": 0.1}, "a")
    found = look_at(experiment, {"a": converted(9_000, 45), "b": converted(1_000, 20)}).comparisons[0]

    assert (found.state, "uneven" in found.reason) == ("insufficient", True)


def test_a_mismatch_makes_a_difference_invalid() -> None:
    look = look_at(PLANNED, {"a": converted(2_000, 100), "b": converted(1_500, 200)})

    assert not look.balance.is_kept
    assert (look.comparisons[0].state, look.comparisons[0].decided_at) == ("invalid", None)


def test_a_mismatch_that_was_found_stays() -> None:
    before = look_at(PLANNED, {"a": converted(2_000, 100), "b": converted(1_500, 200)})

    assert (
        look_at(PLANNED, {"a": converted(3_000, 1), "b": converted(3_000, 9)}, before.past).comparisons[0].state
        == "invalid"
    )


def test_what_a_look_decided_stays_decided() -> None:
    before = look_at(PLANNED, {"a": converted(1_000, 50), "b": converted(1_000, 120)})

    found = look_at(PLANNED, {"a": converted(2_000, 170), "b": converted(2_000, 175)}, before.past)

    assert (found.past.looks, found.comparisons[0].state, found.comparisons[0].decided_at) == (2, "higher", 2_000)
    assert found.comparisons[0].p == before.comparisons[0].p


def test_a_fixed_horizon_is_reached_with_the_planned_users() -> None:
    early = look_at(PLANNED, {"a": converted(1_000, 50), "b": converted(1_000, 60)}).comparisons[0].fixed
    due = look_at(PLANNED, {"a": converted(2_000, 50), "b": converted(2_000, 60)}).comparisons[0].fixed

    assert early is not None
    assert not early.is_reached
    assert due is not None
    assert due.is_reached


def test_without_a_plan_there_is_no_fixed_horizon() -> None:
    sums = {"a": converted(2_000, 50), "b": converted(2_000, 60)}

    assert look_at(Experiment(EVEN, "a"), sums).comparisons[0].fixed is None


def test_variants_share_alpha_and_the_plan() -> None:
    experiment = Experiment({"a": 2, "b": 1, "c": 1}, "a", planned_users=4_000)

    assert experiment.alpha_each == 0.025
    assert experiment.planned_of("b") == 3_000


@pytest.mark.parametrize("wrong", [{"control": "c"}, {"alpha": 0.0}, {"planned_users": 0}, {"least_users": 1}])
def test_an_experiment_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Experiment(**({"expected": EVEN, "control": "a"} | wrong))  # type: ignore[arg-type]  # what is wrong


def test_the_past_comes_back_from_json() -> None:
    past = look_at(PLANNED, {"a": converted(1_000, 50), "b": converted(1_000, 120)}).past

    assert Past.from_json(json.loads(json.dumps(past.as_json()))) == past
    assert past.decided["b"].is_higher


@pytest.mark.parametrize(
    "written",
    [
        None,
        {},
        {"looks": 1, "balance_p": 2, "p": {}, "decided": {}},
        {"looks": 1, "balance_p": 1, "p": {"b": "x"}, "decided": {}},
        {"looks": 1, "balance_p": 1, "p": {}, "decided": {"b": 1}},
    ],
)
def test_a_past_that_is_none_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"past|decision|number between"):
        Past.from_json(written)


def test_looks_add_no_false_alarms_for_merged_sums() -> None:
    parts = [converted(500, 25) for _ in range(4)]
    past, total = Past(), UserSums()
    for part in parts:
        total = total + part
        look = look_at(PLANNED, {"a": total, "b": total}, past)
        past = look.past

    assert (past.looks, look.comparisons[0].state, look.balance.users) == (4, "undecided", {"a": 2_000, "b": 2_000})
