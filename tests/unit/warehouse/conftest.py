"""Contracts, records and a lake to read them from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.contracts import Contract, Field, Party, Promise, Topics
from assay.lake import LakeTable, Partition, Span
from assay.streaming import Record, headers
from assay.warehouse.rows import RowLayout

MakeContract = Callable[..., Contract]
MakeRecord = Callable[..., Record]
Archive = Callable[..., LakeTable]

MISSING = Promise(
    id="arrivals",
    field="arr_delay",
    metric="nullValues",
    operator="mustBeLessOrEqualTo",
    threshold=(20.0,),
    unit="percent",
)


@pytest.fixture
def make_contract() -> MakeContract:
    """A contract of flights, with whatever is given in place of the usual."""
    usual = Contract(
        id="flights",
        version="1.0.0",
        name="Flights",
        status="active",
        text=b"",
        kind="direct",
        fields=(
            Field("carrier", "string", required=True),
            Field("flight", "integer"),
            Field("arr_delay", "number"),
            Field("cancelled", "boolean"),
            Field("legs", "array"),
            Field("time_hour", "timestamp"),
        ),
        key=("carrier", "flight"),
        topics=Topics(
            "flights.raw.app",
            None,
            "flights.raw.replay",
            "flights.validated",
            "flights.dead-letters",
            "flights.settled",
        ),
        owner=Party("ops", "ops@example.org"),
        event_time="time_hour",
        timezone="America/New_York",
        promises=(MISSING,),
    )
    return lambda **changes: replace(usual, **changes)


@pytest.fixture
def make_record() -> MakeRecord:
    """A validated record at an offset."""

    def make(value: bytes | None, offset: int = 0, *, version: str = "1.0.0", **extra: str) -> Record:
        ours = {
            headers.CONTRACT: f"flights@{version}",
            headers.SOURCE: f"flights.raw.app/1/{offset + 100}",
            headers.EVENT_ID: f"event-{offset}",
            **{f"assay-{name}": text for name, text in extra.items()},
        }
        pairs = tuple((name, text.encode()) for name, text in ours.items())
        return Record("flights.validated", 1, offset, 1_700_000_000_000, b"UA", value, pairs)

    return make


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Appends records to the lake table of their contract."""

    def append(contract: Contract, *records: Record) -> LakeTable:
        layout = RowLayout(contract)
        table = LakeTable(str(tmp_path / contract.id))
        table.ensure(layout.schema)
        at = Partition(contract.topics.validated, 1)
        start = table.positions([at])[at] or 0
        table.append(layout.table(records), {at: Span(start, start + len(records))})
        return table

    return append
