"""Days of a contract, checked and loaded by the warehouse service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from assay.api.alerts.v1.alerts_pb2 import Measurement
from assay.api.warehouse.v1 import warehouse_pb2, warehouse_pb2_grpc
from assay.cli.calls import CALL_S, calling

__all__ = ["as_json", "broken", "checked", "days_as_json", "days_in_words", "in_words", "run_one"]

_OUTCOMES = {
    warehouse_pb2.LOAD_OUTCOME_LOADED: "loaded",
    warehouse_pb2.LOAD_OUTCOME_REPLACED: "replaced",
    warehouse_pb2.LOAD_OUTCOME_UNCHANGED: "unchanged",
    warehouse_pb2.LOAD_OUTCOME_HELD: "held back",
}
_WORDS = {True: "kept", False: "broken", None: "not held to anything"}


async def run_one(warehouse: str, contract: str, day: str) -> warehouse_pb2.RunSliceResponse:
    """Check and load one day.

    Raises:
        CallError: no such contract, no such day, or no answer.
    """
    async with calling("warehouse", warehouse) as channel:
        stub = warehouse_pb2_grpc.WarehouseServiceStub(channel)
        return await stub.RunSlice(warehouse_pb2.RunSliceRequest(contract=contract, day=day), timeout=CALL_S)


async def checked(warehouse: str, contract: str, first: str, last: str) -> Sequence[warehouse_pb2.CheckedDay]:
    """Answer the days that were checked, and which have grown since.

    Raises:
        CallError: no such contract, no such day, or no answer.
    """
    async with calling("warehouse", warehouse) as channel:
        stub = warehouse_pb2_grpc.WarehouseServiceStub(channel)
        asked = warehouse_pb2.ListDaysRequest(contract=contract, first=first, last=last)
        return (await stub.ListDays(asked, timeout=CALL_S)).days


def broken(answer: warehouse_pb2.RunSliceResponse) -> bool:
    """Whether a promise does not hold on the day."""
    return any(_kept(measured) is False for measured in answer.measurements)


def as_json(contract: str, day: str, answer: warehouse_pb2.RunSliceResponse) -> str:
    """Answer what happened to the day, and each promise with what it came to, as one JSON object."""
    promises = [
        {
            "promise": measured.promise,
            "promised": measured.promised,
            "measured": measured.measured,
            "value": measured.value,
            "kept": _kept(measured),
        }
        for measured in answer.measurements
    ]
    outcome = _OUTCOMES.get(answer.outcome, "unknown")
    facts = {"contract": contract, "day": day, "outcome": outcome, "rows": answer.rows, "promises": promises}
    return json.dumps(facts)


def in_words(contract: str, day: str, answer: warehouse_pb2.RunSliceResponse) -> Iterator[str]:
    """Yield what happened to the day, then a line for each promise."""
    yield f"{contract} {day}: {_OUTCOMES.get(answer.outcome, 'unknown')}, {answer.rows:,} rows"
    for measured in answer.measurements:
        yield f"  {_WORDS[_kept(measured)]}: {measured.promised}; measured {measured.measured}"


def days_as_json(contract: str, days: Sequence[warehouse_pb2.CheckedDay]) -> str:
    """Answer the days as one JSON object."""
    facts = [
        {
            "day": each.day,
            "checked_rows": each.checked_rows,
            "rows": each.rows,
            "recovered_rows": each.recovered_rows,
            "held": each.held,
            "grown": each.grown,
        }
        for each in days
    ]
    return json.dumps({"contract": contract, "days": facts})


def days_in_words(contract: str, days: Sequence[warehouse_pb2.CheckedDay]) -> Iterator[str]:
    """Yield a line for each day, and what to do about those that have grown."""
    for each in days:
        grown = f"; grown since it was checked with {each.checked_rows:,}" if each.grown else ""
        held = "; held back" if each.held else ""
        yield f"{each.day}: {each.rows:,} rows, {each.recovered_rows:,} of them recovered{held}{grown}"
    if any(each.grown for each in days):
        yield f"`assay sla run {contract} DAY` checks and loads a day that has grown again"
    if not days:
        yield f"{contract}: no such day"


def _kept(measured: Measurement) -> bool | None:
    return measured.kept if measured.HasField("kept") else None
