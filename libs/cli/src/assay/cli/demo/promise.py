"""The daily slices of the demo, and what became of the promise: breaches, and who was told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from assay.api.alerts.v1 import alerts_pb2, alerts_pb2_grpc
from assay.api.alerts.v1.alerts_pb2 import BREACH_STATE_FIRING
from assay.cli.calls import CALL_S, calling
from assay.cli.demo.checks import Told
from assay.cli.demo.outcome import BreachStory, DayMeasured
from assay.cli.slices import run_one
from assay.contracts import Contract

__all__ = ["breaches_of", "concerned", "measured_days", "run_days", "told"]

PROMISE = "promise"


async def measured_days(
    warehouse: str, contract: Contract, days: Sequence[str], field: str, moved: Callable[[int], None]
) -> tuple[DayMeasured, ...]:
    """Check and load the days in order; answer what the promise about the field came to on each."""
    promise = next(each for each in contract.promises if each.field == field)
    found: list[DayMeasured] = []
    for number, day in enumerate(days, start=1):
        answer = await run_one(warehouse, contract.id, day)
        found.extend(
            DayMeasured(day, answer.rows, measured.value, measured.state != BREACH_STATE_FIRING)
            for measured in answer.measurements
            if measured.promise == promise.id
        )
        moved(number)
    return tuple(found)


async def run_days(warehouse: str, contract: Contract, days: Sequence[str]) -> None:
    """Check and load the days in order."""
    for day in days:
        await run_one(warehouse, contract.id, day)


def concerned(contract: Contract, field: str) -> list[str]:
    """Who must hear of a breach: the owner, and each consumer that reads the field."""
    readers = [party.id for party in contract.consumers if {"*", field} & set(party.reads)]
    return list(dict.fromkeys([contract.owner.id, *readers]))


def told(outbox: Path, contract: str) -> list[Told]:
    """Read the notices of a contract's promises that were written, each once however often its line is there."""
    if not outbox.exists():
        return []
    notices = [json.loads(line) for line in outbox.read_text().splitlines() if line]
    of_promises = [each for each in notices if each["contract"] == contract and each.get("kind", PROMISE) == PROMISE]
    by_key = {notice["key"]: notice for notice in of_promises}
    return [Told(notice["recipient"], notice["state"], notice["window"]) for notice in by_key.values()]


async def breaches_of(alerts: str, contract: str) -> tuple[BreachStory, ...]:
    """Ask the alerts service for every promise of a contract that was broken, oldest first."""
    async with calling("alerts", alerts) as channel:
        stub = alerts_pb2_grpc.AlertsServiceStub(channel)
        answer = await stub.ListBreaches(alerts_pb2.ListBreachesRequest(contract=contract), timeout=CALL_S)
    others = (alerts_pb2.MEASUREMENT_KIND_INVALID_RECORDS, alerts_pb2.MEASUREMENT_KIND_SERVICE)
    return tuple(_story(breach) for breach in answer.breaches if breach.fired.kind not in others)


def _story(breach: alerts_pb2.Breach) -> BreachStory:
    over = breach.HasField("resolved")
    return BreachStory(
        promised=breach.fired.promised,
        fired_on=breach.fired.window,
        fired_measured=breach.fired.measured,
        latest_on=breach.latest.window,
        latest_measured=breach.latest.measured,
        resolved_on=breach.resolved.window if over else None,
        resolved_measured=breach.resolved.measured if over else None,
        told=tuple(breach.recipients),
    )
