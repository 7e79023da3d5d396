"""Rows placed once in the bins of a profile, and counted by group."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.monitoring.profiles import Labels, Numbers, Table, profile_of
from assay.monitoring.profiles.cells import no_cells
from assay.monitoring.profiles.columns import Ints, taken


def table_of(rows: int, seed: int) -> Table:
    draw = np.random.default_rng(seed)
    values = np.where(draw.random(rows) < 0.1, np.inf, draw.normal(size=rows))
    return {
        "number": Numbers(values, draw.random(rows) > 0.1),
        "word": Labels(draw.integers(-1, 4, rows), ("a", "b", "c", "d")),
    }


PROFILE = profile_of(table_of(500, 1))


@given(st.integers(0, 60), st.integers(0, 99), st.integers(1, 5))
def test_groups_are_counted_as_their_rows_alone_would_be(rows: int, seed: int, size: int) -> None:
    table = table_of(rows, seed)
    groups: Ints = np.random.default_rng(seed).integers(-1, size, rows)

    found = PROFILE.place(table).counted(groups, size)

    assert found == [PROFILE.count(taken(table, np.flatnonzero(groups == group))) for group in range(size)]


@given(st.integers(0, 60), st.integers(0, 99))
def test_all_groups_add_up_to_the_whole(rows: int, seed: int) -> None:
    table = table_of(rows, seed)
    groups: Ints = np.random.default_rng(seed).integers(0, 3, rows)

    assert reduce(add, PROFILE.place(table).counted(groups, 3), no_cells(PROFILE.bins)) == PROFILE.count(table)


def test_a_feature_that_is_not_there_is_missing_in_every_row() -> None:
    table = {"word": table_of(7, 2)["word"]}

    (found,) = PROFILE.place(table).counted(np.zeros(7, dtype=np.int64), 1)

    assert found == PROFILE.count(table)
