"""The independent reader: topics, lake and warehouse read directly, beside the services that wrote them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from assay.cli.demo.census import Census
from assay.cli.demo.checks import Stored
from assay.contracts import Contract
from assay.lake import LakeTable
from assay.streaming import scan

__all__ = ["census_of", "has_records", "in_lake", "in_warehouse"]


async def census_of(broker: str, contract: Contract) -> Census:
    """Read every committed record of the contract's topics."""
    census = Census(contract.topics)
    async for chunk in scan(broker, contract.topics.all):
        for record in chunk:
            census.take(record)
    return census


async def has_records(broker: str, contract: Contract) -> bool:
    """Whether somebody wrote records of the contract before."""
    async with contextlib.aclosing(scan(broker, contract.topics.raw)) as chunks:
        async for chunk in chunks:
            if chunk:
                return True
    return False


def in_lake(lake: Path, contract: Contract) -> Stored:
    """Read the contract's Delta table; blocks."""
    table = LakeTable(str(lake / contract.id))
    if not table.exists:
        return Stored()
    rows = table.snapshot().dataset.to_table(["_source", "event_ms"])
    return _stored(zip(rows["_source"].to_pylist(), rows["event_ms"].to_pylist(), strict=True), contract)


def in_warehouse(file: Path, contract: Contract) -> Stored:
    """Read the contract's table of the DuckDB file; blocks. The service must have let go of the file."""
    if not file.exists():
        return Stored()
    with duckdb.connect(str(file), read_only=True) as warehouse:
        known = warehouse.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [contract.id]).fetchone()
        if known is None:
            return Stored()
        name = contract.id.replace('"', '""')
        rows = warehouse.execute(f'SELECT _source, event_ms FROM "{name}"').fetchall()  # noqa: S608 - quoted above
    return _stored(rows, contract)


def _stored(rows: Iterable[tuple[str, int]], contract: Contract) -> Stored:
    zone = ZoneInfo(contract.timezone)
    stored = Stored(Counter(), Counter())
    for source, event_ms in rows:
        stored.sources[source] += 1
        stored.by_day[datetime.fromtimestamp(event_ms / 1000, zone).date().isoformat()] += 1
    return stored
