"""SQL counts what the promise itself would count."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Promise, Window
from assay.warehouse.checks import Tally, checks_sql, daily, quoted, tallies

KINDS = {"n": "integer", "s": "string", "b": "boolean"}
TYPES = {"n": "BIGINT", "s": "VARCHAR", "b": "BOOLEAN"}
VALUES: dict[str, list[object]] = {"n": [None, 0, 7, -7], "s": [None, "", "NA", "it's"], "b": [None, True, False]}


def promise(**changes: object) -> Promise:
    usual: dict[str, object] = {
        "id": "p",
        "field": "n",
        "metric": "nullValues",
        "operator": "mustBe",
        "threshold": (0.0,),
    }
    return Promise(**(usual | changes))  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize("field", ["n", "s", "b"])
@pytest.mark.parametrize("metric", ["nullValues", "missingValues", "invalidValues", "rowCount"])
@pytest.mark.parametrize("values", [(), ("NA", "it's"), (7, -7), (True,), ("NA", 7)])
def test_sql_and_promise_agree(field: str, metric: str, values: tuple[object, ...]) -> None:
    asked = promise(field=field, metric=metric, values=values)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE day ({field} {TYPES[field]})")
        connection.executemany("INSERT INTO day VALUES (?)", [[value] for value in VALUES[field]])
        counted = connection.execute(checks_sql([asked], KINDS, "day")).fetchone()
    assert tallies(counted or ()) == [Tally(len(VALUES[field]), sum(map(asked.fails, VALUES[field])))]


def test_all_promises_are_counted_in_one_query() -> None:
    asked = [promise(), promise(metric="invalidValues", values=(7,))]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE day AS SELECT unnest([NULL, 7, 8, 9]) AS n")
        counted = connection.execute(checks_sql(asked, KINDS, "day")).fetchone()
    assert tallies(counted or ()) == [Tally(4, 1), Tally(4, 2)]


def test_a_day_without_rows_counts_to_zero() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE day (n BIGINT)")
        counted = connection.execute(checks_sql([promise()], KINDS, "day")).fetchone()
    assert tallies(counted or ()) == [Tally(0, 0)]


@given(name=st.text(min_size=1, alphabet=st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_any_name_can_be_quoted(name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE day ({quoted(name)} BIGINT)")
        counted = connection.execute(checks_sql([promise(field=name)], {name: "integer"}, "day")).fetchone()
    assert counted == (0, 0)


def test_only_promises_of_a_day_are_daily() -> None:
    each_hour = promise(window=Window("PT1H"))
    assert daily([promise(), each_hour]) == (promise(),)
