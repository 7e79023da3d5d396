"""The warehouse counts in SQL, over the columns of the lake, what the contract counts record by record."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings

from assay.contracts import record_fields
from assay.contracts.forms.reader import payload_reader
from assay.streaming import Record
from assay.warehouse.checks import Tally, checks_sql, tallies
from assay.warehouse.rows import RowLayout
from tests.unit.contracts.lined import FORMS, LINES, RECORDS, Lines, contract_of, encoded


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40)
@given(LINES, RECORDS)
def test_sql_over_the_lake_counts_what_promises_say_fails(form: str, lines: Lines, records: list[Any]) -> None:
    contract = contract_of(lines, form)
    values = [encoded(contract, record) for record in records]
    own = (("assay-contract", b"marked@1.0.0"),)
    lake = RowLayout(contract).table([Record("v", 0, at, 1, None, each, own) for at, each in enumerate(values)])
    read = payload_reader(contract)

    with duckdb.connect() as connection:
        connection.register("lake", lake)
        counted = connection.execute(checks_sql(contract.promises, dict(record_fields(contract)), "lake")).fetchone()

    assert tallies(counted or ()) == [
        Tally(len(records), sum(each.fails(read(value).get(each.field or "")) for value in values))
        for each in contract.promises
    ]
