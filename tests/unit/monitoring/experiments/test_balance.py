from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.monitoring.experiments import balance_of
from assay.monitoring.experiments.balance import CONCENTRATIONS, log_evidence

EVEN = {"a": 0.5, "b": 0.5}


@given(st.lists(st.tuples(st.integers(0, 5_000), st.floats(0.05, 1)), min_size=2, max_size=5))
def test_the_evidence_is_that_of_scipys_distributions(variants: list[tuple[int, float]]) -> None:
    counts = {str(index): count for index, (count, _) in enumerate(variants)}
    whole = math.fsum(weight for _, weight in variants)
    shares = {str(index): weight / whole for index, (_, weight) in enumerate(variants)}
    found, chances = list(counts.values()), np.array(list(shares.values()))
    for concentration in CONCENTRATIONS:
        expected = stats.dirichlet_multinomial.logpmf(found, chances * concentration, np.array(sum(found)))
        expected -= stats.multinomial.logpmf(found, sum(found), chances / chances.sum())
        assert log_evidence(counts, shares, concentration) == pytest.approx(expected, abs=1e-6, rel=1e-9)


def test_a_gross_mismatch_is_found_early() -> None:
    assert not balance_of({"a": 300, "b": 200}, EVEN, 0.01).is_kept


def test_a_small_mismatch_is_found_late() -> None:
    assert balance_of({"a": 5_100, "b": 4_900}, EVEN, 0.01).is_kept
    assert not balance_of({"a": 510_000, "b": 490_000}, EVEN, 0.01).is_kept


def test_shares_need_not_be_even() -> None:
    assert balance_of({"a": 9_000, "b": 1_000}, {"a": 90, "b": 10}, 0.01).is_kept
    assert not balance_of({"a": 9_000, "b": 1_000}, EVEN, 0.01).is_kept


def test_a_variant_that_nobody_came_to_counts() -> None:
    assert not balance_of({"a": 500}, EVEN, 0.01).is_kept


def test_users_of_an_unknown_variant_are_refused() -> None:
    with pytest.raises(ValueError, match="variant 'c' has users but no expected share"):
        balance_of({"c": 1}, EVEN, 0.01)


@pytest.mark.parametrize("shares", [{"a": 1.0}, {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": math.nan}])
def test_shares_that_are_none_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"two variants|share of variant"):
        balance_of({}, shares, 0.01)
