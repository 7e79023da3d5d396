"""The stream and the warehouse come to the same integers: panes of real validation beside SQL over what it validated."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assay.api.validation.v1.pane_pb2 import Pane, PaneMinute, PaneSlice
from assay.contracts import Contract, Counts, Promise, Window, measure, record_fields
from assay.streaming import Outgoing, Publisher, Record, scan
from assay.streaming.topics import PANES
from assay.testkit import Broker, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, settled
from assay.warehouse.checks import checks_sql, counting_sql
from assay.warehouse.rows import STATING, RowLayout

RECORDS, MINUTE_MS = 600, 60_000
CHANGE = datetime(2026, 10, 24, 20, tzinfo=UTC)
"""Four hours before the day that has 25 of them in Berlin."""

MEASURED = "scheduler: assay.window, severity: warning, schedule"
FIELDS = f"""{{name: amount, logicalType: integer, quality: [
          {{id: amounts, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 20, {MEASURED}: PT5M}},
          {{id: amounts_a_day, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 20, {MEASURED}: P1D}},
          {{id: known, metric: invalidValues, arguments: {{validValues: [1, 2, 3]}}, mustBe: 0, {MEASURED}: P1D}}]}}
      - {{name: state, logicalType: string, quality: [
          {{id: states, metric: missingValues, arguments: {{missingValues: ["", N/A]}}, mustBeLessThan: 9, {MEASURED}: PT1H}}]}}
      - {{name: at, logicalType: timestamp, required: true}}
    quality:
      - {{id: volume, metric: rowCount, mustBeGreaterThan: 3, {MEASURED}: PT15M}}
      - {{id: volume_a_day, metric: rowCount, mustBeGreaterThan: 300, {MEASURED}: P1D}}
""".encode()
CUSTOM = b"""slaProperties:
  - {property: latency, value: 90, unit: s, customProperties: [{property: assay.window, value: PT1H}]}
support: [{channel: "#testers"}]
customProperties:
  - {property: assay.eventTime, value: at}
  - {property: assay.timezone, value: Europe/Berlin}
  - property: assay.recovery
    value:
      flows:
        - id: amount_as_text
          when: {reason: schema, path: /amount, rule: type}
          steps: [{cast: {amount: integer}}]
"""


def promising(contract: str, kind: str, on_late: str) -> bytes:
    text = contract_text(contract, kind=kind)
    late = f"customProperties: [{{property: assay.onLate, value: {on_late}}}, {{property: assay.window".encode()
    custom = CUSTOM.replace(b"customProperties: [{property: assay.window", late)
    return text.replace(b"{name: amount, logicalType: integer}\n", FIELDS).replace(b"customProperties:\n", custom)


def events(seed: int) -> Iterator[dict[str, Any]]:
    """Records of a weekend in which clocks change, and of this minute; one in five is refused, and recovered then."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    for number in range(RECORDS):
        old = CHANGE + timedelta(seconds=chance.randrange(50 * 3600))
        at = now - timedelta(seconds=chance.choice([0, 30, 89, 600])) if number % 4 == 0 else old
        record: dict[str, Any] = {"id": str(number), "at": at.isoformat(), "state": chance.choice(["", "N/A", "open"])}
        if chance.random() < 0.5:
            record["amount"] = chance.choice([None, 1, 2, 3, 4, "3", "9"])
        yield record


def values(kind: str, records: Sequence[dict[str, Any]]) -> Iterator[tuple[bytes, bytes | None]]:
    """Each record as it is written, with its key; every tenth is deleted later."""
    for number, record in enumerate(records):
        key = record["id"].encode()
        yield key, json.dumps(record if kind == "direct" else change("c", number, after=record)).encode()
        if number % 10 == 0:
            deleted = change("d", number, before={"id": record["id"]})
            yield key, None if kind == "direct" else json.dumps(deleted).encode()


def change(op: str, number: int, before: object = None, after: object = None) -> dict[str, Any]:
    source = {"connector": "postgresql", "db": "shop", "table": "rows", "lsn": number, "ts_ms": 1, "snapshot": "false"}
    return {"op": op, "before": before, "after": after, "source": source, "ts_ms": int(time.time() * 1000)}


async def validated(broker: str, contract: Contract) -> list[Record]:
    return [one async for records in scan(broker, [contract.topics.validated]) for one in records]


async def panes(broker: str, contract: Contract) -> list[Pane]:
    found = [Pane.FromString(one.value or b"") async for records in scan(broker, [PANES]) for one in records]
    return [pane for pane in found if pane.contract == contract.id]


def counts_of(part: PaneSlice, minute: PaneMinute) -> Counts:
    below = [sum(list(minute.lateness)[: place + 1]) for place, _ in enumerate(part.lateness_bounds_ms)]
    return Counts(
        rows=minute.rows,
        valid=minute.valid,
        failing=dict(zip(part.promises, minute.failing, strict=True)),
        lateness=dict(zip(part.lateness_bounds_ms, below, strict=True)),
        timed=sum(minute.lateness),
    )


def streamed(found: Sequence[Pane], window: Window, zone: str) -> dict[tuple[int, int], Counts]:
    """What the panes come to by window, in whatever order they are added."""
    sums: dict[tuple[int, int], Counts] = {}
    for pane in found:
        for part in pane.slices:
            for minute in part.minutes:
                bounds = window.bounds(minute.minute * MINUTE_MS, zone)
                sums[bounds] = sums.get(bounds, Counts()) + counts_of(part, minute)
    return sums


class Lake:
    """The validated rows as the warehouse has them, and its SQL over a window of them."""

    def __init__(self, contract: Contract, records: Sequence[Record]) -> None:
        self._contract = contract
        self.table = RowLayout(contract).table(records)
        self._connection = duckdb.connect()
        self._connection.register("arrived", self.table)
        self._connection.execute("CREATE TABLE lake AS SELECT * FROM arrived")

    def times(self) -> list[int]:
        query = f"SELECT event_ms FROM lake WHERE {counting_sql(self._contract)}"
        return [int(ms) for (ms,) in self._connection.execute(query).fetchall()]

    def counted(self, promise: Promise, bounds: tuple[int, int]) -> tuple[int, ...]:
        source = self._source(bounds, counting_sql(self._contract))
        return self._ask(checks_sql([promise], dict(record_fields(self._contract)), source))

    def on_time(self, bound_ms: int, bounds: tuple[int, int]) -> tuple[int, ...]:
        sums = f"COUNT(*), COALESCE(SUM(CASE WHEN late_ms <= {bound_ms} THEN 1 ELSE 0 END), 0)"
        stating = ", ".join(f"'{op}'" for op in STATING)
        return self._ask(f"SELECT {sums} FROM {self._source(bounds, f'_op IN ({stating})')}")

    def _source(self, bounds: tuple[int, int], condition: str) -> str:
        return f"(SELECT * FROM lake WHERE event_ms >= {bounds[0]} AND event_ms < {bounds[1]} AND {condition})"

    def _ask(self, query: str) -> tuple[int, ...]:
        return tuple(int(each) for each in self._connection.execute(query).fetchone() or ())


@pytest.mark.parametrize(("kind", "on_late"), [("direct", "flag"), ("cdc", "flag"), ("direct", "drop-from-window")])
async def test_panes_and_sql_come_to_the_same_integers_for_every_promise_and_window(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path, kind: str, on_late: str
) -> None:
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, promising(unique("equal"), kind, on_late))
        records = list(events(seed=6))
        written = [Outgoing(contract.topics.raw[0], None, *each) for each in values(kind, records)]
        usual = {"broker": broker.bootstrap, "registry": registry.address}
        store = f"sqlite:///{tmp_path / 'recovery.db'}"
        async with running("validation", data=tmp_path / "validation", chunk_records="50", **usual):
            async with Publisher(broker.bootstrap) as publisher:
                await publisher.publish(written)
            await settled(broker.bootstrap, contract, len(written))
            async with running("recovery", data=tmp_path / "recovery", store=store, **usual):

                async def all_back() -> list[Record] | None:
                    rows = await validated(broker.bootstrap, contract)
                    return rows if len(rows) == len(written) else None

                rows = await eventually(all_back, within_s=90)
        found = await panes(broker.bootstrap, contract)
    assert rows is not None
    lake = Lake(contract, rows)
    assert any(pane.topic == contract.topics.raw_replay for pane in found if pane.slices)
    for promise in contract.promises:
        by_window = streamed(found, promise.window, contract.timezone)
        windows = {promise.window.bounds(ms, contract.timezone) for ms in lake.times()}
        assert {bounds for bounds, counts in by_window.items() if counts.rows} == windows
        for bounds in windows:
            counts = by_window[bounds]
            failing = 0 if promise.metric == "rowCount" else counts.failing[promise.id]
            assert (counts.rows, failing) == lake.counted(promise, bounds), (promise.id, bounds)
            assert measure(promise, counts) == promise.measure(*lake.counted(promise, bounds))
    (latency,) = contract.levels
    assert latency.window is not None
    assert latency.bound_ms is not None
    for bounds, counts in streamed(found, latency.window, contract.timezone).items():
        assert (counts.timed, counts.lateness.get(90_000, 0)) == lake.on_time(latency.bound_ms, bounds)


def test_the_weekend_has_a_day_of_25_hours() -> None:
    start_ms, end_ms = Window("P1D").bounds(int(CHANGE.timestamp() * 1000) + 5 * 3_600_000, "Europe/Berlin")
    assert end_ms - start_ms == 25 * 3_600_000
