from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.experiments.exact import UNIT_BITS, exact_sum, exact_sum_of_products, packed, unpacked

ANY = st.floats(allow_nan=False, allow_infinity=False)
BOUNDED = st.one_of(st.just(0.0), st.floats(1e-30, 1e30), st.floats(-1e30, -1e-30))


def fraction(total: int) -> Fraction:
    return Fraction(total, 2**UNIT_BITS)


@given(st.lists(ANY))
def test_a_sum_is_that_of_fractions(values: list[float]) -> None:
    assert fraction(exact_sum(np.array(values))) == sum(map(Fraction, values))


@given(st.lists(st.tuples(BOUNDED, BOUNDED)))
def test_a_sum_of_products_is_that_of_fractions(rows: list[tuple[float, float]]) -> None:
    left, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])

    assert fraction(exact_sum_of_products(left, right)) == sum(Fraction(a) * Fraction(b) for a, b in rows)


@given(st.lists(ANY))
def test_a_sum_comes_back_from_its_text(values: list[float]) -> None:
    total = exact_sum(np.array(values))

    assert unpacked(packed(total)) == total


def test_a_plain_sum_is_a_short_text() -> None:
    assert packed(exact_sum(np.array([1.0, 1.5]))) == "5*2^-1"


@pytest.mark.parametrize("text", ["", "5", "5*2^", "5*2^-2000", "5*2^999999999", "x*2^1"])
def test_a_text_that_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e31, 1e-31])
def test_a_number_whose_products_are_not_exact_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="numbers must be 0 or of a size between"):
        exact_sum_of_products(np.array([value]), np.array([1.0]))
