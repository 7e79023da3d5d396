"""Promises: in words, by a stable name, and measured exactly."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, Promise, Window, load


def nulls(operator: str, *threshold: float, unit: Literal["rows", "percent"] = "percent") -> Promise:
    return Promise("p", "delay", "nullValues", operator, threshold, unit)


def test_quality_line_becomes_a_promise(orders: Contract) -> None:
    assert orders.promises == (Promise("notes", "note", "nullValues", "mustBeLessThan", (5,), "percent"),)


def missing(operator: str, *threshold: float) -> Promise:
    return nulls(operator, *threshold, unit="rows")


def rows(operator: str, *threshold: float, window: str = "P1D") -> Promise:
    return Promise("n", None, "rowCount", operator, threshold, window=Window(window))


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        (nulls("mustBeLessOrEqualTo", 20), "delay missing at most 20 % a day"),
        (nulls("mustBeLessThan", 0.125), "delay missing less than 0.125 % a day"),
        (missing("mustBeLessOrEqualTo", 5), "delay missing in at most 5 rows a day"),
        (missing("mustBeLessThan", 1), "delay missing in less than 1 row a day"),
        (missing("mustBe", 0), "delay missing in no rows a day"),
        (rows("mustBeBetween", 10, 20), "between 10 and 20 rows a day"),
        (rows("mustBeGreaterOrEqualTo", 1), "at least 1 row a day"),
        (rows("mustBeGreaterThan", 1_500_000, window="PT1H"), "more than 1,500,000 rows an hour"),
        (rows("mustBeGreaterThan", 0, window="PT5M"), "more than 0 rows in 5 minutes"),
    ],
)
def test_promise_reads_as_a_person_would_say_it(promise: Promise, words: str) -> None:
    assert promise.promised == words


@pytest.mark.parametrize(
    ("promise", "counted", "words"),
    [
        (
            nulls("mustBeLessOrEqualTo", 20),
            (928, 476),
            "delay missing: 51.3 % (476 of 928 rows), promised at most 20 % a day",
        ),
        (nulls("mustBeLessThan", 1), (1, 1), "delay missing: 100 % (1 of 1 row), promised less than 1 % a day"),
        (
            nulls("mustBe", 100),
            (20_000, 19_999),
            "delay missing: 99.995 % (19,999 of 20,000 rows), promised exactly 100 % a day",
        ),
        (missing("mustBe", 0), (10, 1), "delay missing in 1 of 10 rows, promised in no rows a day"),
        (rows("mustBeBetween", 10, 20), (1, 0), "1 row, promised between 10 and 20 rows a day"),
        (
            rows("mustBeGreaterThan", 1_000, window="PT15M"),
            (0, 0),
            "0 rows, promised more than 1,000 rows in 15 minutes",
        ),
    ],
)
def test_measurement_reads_as_a_person_would_say_it(promise: Promise, counted: tuple[int, int], words: str) -> None:
    assert promise.measure(*counted).words == words


@pytest.mark.parametrize(
    ("operator", "threshold", "kept"),
    [
        ("mustBe", (2,), [2]),
        ("mustNotBe", (2,), [0, 1, 3, 4]),
        ("mustBeGreaterThan", (2,), [3, 4]),
        ("mustBeGreaterOrEqualTo", (2,), [2, 3, 4]),
        ("mustBeLessThan", (2,), [0, 1]),
        ("mustBeLessOrEqualTo", (2,), [0, 1, 2]),
        ("mustBeBetween", (1, 3), [1, 2, 3]),
        ("mustNotBeBetween", (1, 3), [0, 4]),
    ],
)
def test_operator_holds_where_the_standard_says(operator: str, threshold: tuple[float, ...], kept: list[int]) -> None:
    promise = nulls(operator, *threshold, unit="rows")
    assert [failing for failing in range(5) if promise.measure(10, failing).kept] == kept


@given(st.integers(1, 10**9))
def test_share_at_the_threshold_is_exact(hundreds: int) -> None:
    promise = nulls("mustBeLessOrEqualTo", 0.1)
    assert promise.measure(hundreds * 1000, hundreds).kept
    assert not promise.measure(hundreds * 1000, hundreds + 1).kept


def test_day_without_rows_has_no_share() -> None:
    assert nulls("mustBeLessOrEqualTo", 20).measure(0, 0).value == 0
    assert not Promise("n", None, "rowCount", "mustBeGreaterThan", (0,)).measure(0, 0).kept


def test_metric_says_which_values_fail() -> None:
    missing = Promise("m", "x", "missingValues", "mustBe", (0,), values=("", "N/A"))
    invalid = Promise("i", "x", "invalidValues", "mustBe", (0,), values=("a",))
    values = [None, "", "N/A", "a"]
    assert [missing.fails(value) for value in values] == [True, True, True, False]
    assert [invalid.fails(value) for value in values] == [False, True, True, False]
    assert [nulls("mustBe", 0).fails(value) for value in values] == [True, False, False, False]


def test_boolean_is_not_the_number_it_equals() -> None:
    flags = Promise("i", "x", "invalidValues", "mustBe", (0,), values=(0, 1))
    assert [flags.fails(value) for value in (0, 1.0, False, True)] == [False, False, True, True]


def test_fingerprint_is_of_contract_and_promise_alone(orders: Contract) -> None:
    notes = orders.promises[0]
    again = load(orders.text.replace(b"mustBeLessThan: 5", b"mustBeLessThan: 50")).promises[0]
    assert notes.fingerprint("orders") == again.fingerprint("orders") == "699f0cbdacad873a"
    assert notes.fingerprint("orders") != notes.fingerprint("refunds")
