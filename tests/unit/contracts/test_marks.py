"""Marks: in every form, a row has the bit of a promise exactly where `Promise.fails` says so of its value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from assay.contracts import Judge
from assay.contracts.forms.reader import payload_reader
from assay.contracts.judge import NO_ROW
from tests.unit.contracts.lined import FORMS, LINES, RECORDS, Lines, contract_of, encoded, line


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40)
@given(LINES, RECORDS)
def test_a_row_has_the_bit_of_a_promise_where_its_value_fails(form: str, lines: Lines, records: list[Any]) -> None:
    contract = contract_of(lines, form)
    judge, read = Judge(contract), payload_reader(contract)
    rows = [encoded(contract, record) for record in records]
    screened = [judged or judge.explain(row) for judged, row in zip(judge.screen(rows), rows, strict=True)]
    promises = {each.id: each for each in contract.promises}

    assert [name for name, _ in judge.counted] == list(promises)
    for row, judged in zip(rows, screened, strict=True):
        assert judged.verdict.accepted
        assert judged == judge.explain(row)
        for name, place in judge.counted:
            promise = promises[name]
            value = read(row).get(promise.field or "")
            assert bool(judged.marks >> place & 1) == promise.fails(value), (promise, value)
        for place, name in enumerate(judge.promised):
            assert bool(judged.marks >> place & 1) == (read(row).get(name) is None)


@settings(max_examples=40)
@given(LINES, RECORDS)
def test_a_change_has_the_bits_of_the_row_after_it_and_a_delete_none(lines: Lines, records: list[Any]) -> None:
    judge, bare = Judge(contract_of(lines, kind="cdc")), Judge(contract_of(lines))
    for record in records:
        judged = judge.explain(change(None, record))
        assert judged.verdict.accepted
        assert judged.marks == bare.explain(json.dumps(record).encode()).marks
        assert judge.explain(change(record, None)).marks == NO_ROW


def change(before: object, after: object) -> bytes:
    source = {"connector": "postgresql", "ts_ms": 1, "lsn": 7, "db": "d", "table": "t", "snapshot": "false"}
    op = "c" if after else "d"
    return json.dumps({"before": before, "after": after, "source": source, "op": op, "ts_ms": 1}).encode()


def test_promises_with_one_condition_share_a_bit() -> None:
    lines = [line(0, "missingValues", ["N/A"]), line(1, "missingValues", ["N/A"]), line(2, "nullValues", [])]
    assert Judge(contract_of({"text": lines})).counted == (("p0", 1), ("p1", 1), ("p2", 0))


def test_one_is_no_truth_and_no_text() -> None:
    (promise,) = contract_of({"whole": [line(0, "missingValues", [True, "7", 0])]}).promises
    assert promise.values == (0,)
