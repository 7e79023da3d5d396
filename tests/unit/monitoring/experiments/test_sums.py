from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.experiments import UserSums, sums_of, totals_of_users

AMOUNTS = st.floats(0, 1e6).filter(lambda value: value == 0 or value > 1e-30)
USERS = st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=30)
Users = list[tuple[float, float]]


def of(users: Users) -> UserSums:
    return sums_of([user[0] for user in users], [user[1] for user in users])


@given(USERS, USERS, USERS)
def test_sums_merge_in_any_order(one: Users, two: Users, three: Users) -> None:
    assert of(one) + of(two) == of(two) + of(one)
    assert (of(one) + of(two)) + of(three) == of(one) + (of(two) + of(three))
    assert of(one) + of(two) + of(three) == of(one + two + three)
    assert of(one) + UserSums() == of(one)


@given(USERS, st.tuples(AMOUNTS, AMOUNTS), st.tuples(AMOUNTS, AMOUNTS))
def test_a_user_who_did_more_replaces_what_was_counted(
    users: Users, old: tuple[float, float], new: tuple[float, float]
) -> None:
    assert of([*users, old]) + of([new]) - of([old]) == of([*users, new])


@given(USERS)
def test_sums_come_back_from_json(users: Users) -> None:
    assert UserSums.from_json(json.loads(json.dumps(of(users).as_json()))) == of(users)


def test_json_with_a_key_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly the keys"):
        UserSums.from_json({"users": 1})


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-1e6, 1e6)), min_size=1), st.randoms())
def test_totals_of_users_do_not_depend_on_the_order_of_rows(rows: list[tuple[int, float]], random: object) -> None:
    shuffled = sorted(rows, key=lambda row: hash((row, str(random))))
    first, second = (
        totals_of_users(np.array([row[0] for row in each]), np.array([row[1] for row in each]))
        for each in (rows, shuffled)
    )

    assert first.tolist() == second.tolist()
    assert len(first) == len({row[0] for row in rows})


def test_totals_are_those_of_each_user() -> None:
    assert totals_of_users(np.array([7, 3, 7]), [1.0, 5.0, 2.5]).tolist() == [5.0, 3.5]


def test_a_negative_denominator_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        sums_of([1.0], [-1.0])


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="two columns of one length"):
        sums_of([1.0, 2.0], [1.0])
