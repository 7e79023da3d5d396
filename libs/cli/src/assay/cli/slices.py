"""Days of a contract, checked and loaded by the warehouse service."""

from __future__ import annotations

import json
from collections.abc import Iterator

from assay.api.alerts.v1.alerts_pb2 import Measurement
from assay.api.warehouse.v1 import warehouse_pb2, warehouse_pb2_grpc
from assay.cli.calls import CALL_S, calling

__all__ = ["as_json", "broken", "in_words", "run_one"]

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


def _kept(measured: Measurement) -> bool | None:
    return measured.kept if measured.HasField("kept") else None
