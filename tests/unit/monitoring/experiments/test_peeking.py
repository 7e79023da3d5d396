from __future__ import annotations

import os

import numpy as np
import pytest

from assay.monitoring.experiments import Experiment, Past, UserSums, balance_of, look_at, sums_of

TESTS = int(os.environ.get("ASSAY_TEST_EXPERIMENTS", "60"))
"""A/B tests of no effect; the size of the issue is 1,000."""

LOOKS, STEP = 100, 200
EXPERIMENT = Experiment({"a": 0.5, "b": 0.5}, "a", planned_users=2 * LOOKS * STEP)
SEED = 7


def clicks(random: np.random.Generator, rate: float) -> UserSums:
    impressions = random.poisson(4, STEP) + 1
    return sums_of(random.binomial(impressions, random.beta(rate * 20, (1 - rate) * 20, STEP)), impressions)


def revenue(random: np.random.Generator, rate: float) -> UserSums:
    return sums_of((random.random(STEP) < rate) * random.lognormal(0, 1, STEP))


METRICS = {"clicks": clicks, "revenue": revenue}


def is_decided(metric: str, seed: int, rates: tuple[float, float]) -> bool:
    random, past, totals = np.random.default_rng([SEED, seed]), Past(), [UserSums(), UserSums()]
    for _ in range(LOOKS):
        totals = [total + METRICS[metric](random, rate) for total, rate in zip(totals, rates, strict=True)]
        past = look_at(EXPERIMENT, dict(zip("ab", totals, strict=True)), past).past
    return "b" in past.decided


@pytest.mark.parametrize("metric", METRICS)
def test_a_hundred_looks_at_no_effect_reject_less_often_than_alpha(metric: str) -> None:
    rejected = sum(is_decided(metric, seed, (0.05, 0.05)) for seed in range(TESTS))

    assert rejected < 0.05 * TESTS


def test_a_hundred_looks_at_an_uneven_split_of_skewed_revenue_reject_less_often_than_alpha() -> None:
    experiment, rejected = Experiment({"a": 0.9, "b": 0.1}, "a", planned_users=40_000), 0
    for seed in range(TESTS):
        random, past, totals = np.random.default_rng([SEED, 2, seed]), Past(), {"a": UserSums(), "b": UserSums()}
        for _ in range(LOOKS):
            is_b, spent = random.random(400) < 0.1, (random.random(400) < 0.02) * random.lognormal(0, 1.5, 400)
            totals = {"a": totals["a"] + sums_of(spent[~is_b]), "b": totals["b"] + sums_of(spent[is_b])}
            past = look_at(experiment, totals, past).past
        rejected += "b" in past.decided

    assert rejected < 0.05 * TESTS


def test_a_lift_of_a_fifth_in_clicks_is_found() -> None:
    assert sum(is_decided("clicks", seed, (0.05, 0.06)) for seed in range(10)) >= 9


def test_a_hundred_looks_at_a_sound_assignment_find_no_mismatch_more_often_than_alpha() -> None:
    found = 0
    for seed in range(TESTS):
        to_b = np.random.default_rng([SEED, 1, seed]).binomial(2 * STEP, 0.5, LOOKS).cumsum()
        looks = (
            balance_of({"a": 2 * STEP * (number + 1) - int(count), "b": int(count)}, EXPERIMENT.expected, 0.05)
            for number, count in enumerate(to_b)
        )
        found += any(not look.is_kept for look in looks)

    assert found < 0.05 * TESTS
