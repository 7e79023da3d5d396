"""What a day came to, as the messages that others read."""

from __future__ import annotations

from collections.abc import Sequence

from assay.api.alerts.v1 import alerts_pb2
from assay.api.warehouse.v1 import warehouse_pb2
from assay.contracts import Contract
from assay.streaming import Outgoing, headers
from assay.streaming.topics import BREACHES
from assay.telemetry.trace import current_traceparent
from assay.warehouse.breaches import Evaluation, Standing
from assay.warehouse.checked_days import CheckedDay
from assay.warehouse.day import Day
from assay.warehouse.slices import SliceResult
from assay.warehouse.store import Load

__all__ = ["announcements", "listed", "response"]

STATES = {
    Standing.QUIET: alerts_pb2.BREACH_STATE_UNSPECIFIED,
    Standing.FIRING: alerts_pb2.BREACH_STATE_FIRING,
    Standing.RESOLVED: alerts_pb2.BREACH_STATE_RESOLVED,
}
OUTCOMES = {
    Load.LOADED: warehouse_pb2.LOAD_OUTCOME_LOADED,
    Load.REPLACED: warehouse_pb2.LOAD_OUTCOME_REPLACED,
    Load.UNCHANGED: warehouse_pb2.LOAD_OUTCOME_UNCHANGED,
    Load.HELD: warehouse_pb2.LOAD_OUTCOME_HELD,
}


def response(contract: Contract, result: SliceResult) -> warehouse_pb2.RunSliceResponse:
    """Answer a run as the caller sees it: a measurement for each daily promise, those that are quiet too."""
    return warehouse_pb2.RunSliceResponse(
        outcome=OUTCOMES[result.load],
        rows=result.rows,
        measurements=[_measurement(contract, result.day, *each) for each in result.evaluations],
    )


def listed(days: Sequence[CheckedDay]) -> warehouse_pb2.ListDaysResponse:
    """Answer the days that were checked, as the caller sees them."""
    return warehouse_pb2.ListDaysResponse(
        days=[
            warehouse_pb2.CheckedDay(
                day=str(each.day),
                checked_rows=each.checked_rows,
                rows=each.rows,
                recovered_rows=each.recovered_rows,
                held=each.held,
                grown=each.grown,
            )
            for each in days
        ]
    )


def announcements(contract: Contract, result: SliceResult) -> list[Outgoing]:
    """Answer what goes to `assay.breaches`: the promises that are broken, or kept again.

    Keyed by the promise's fingerprint. Saying it again does no harm: alerts know the window.
    """
    traceparent = current_traceparent()
    traced = ((headers.TRACEPARENT, traceparent.encode()),) if traceparent else ()
    messages = [
        _measurement(contract, result.day, evaluation, standing)
        for evaluation, standing in result.evaluations
        if standing is not Standing.QUIET and result.day.start_ms < result.day.end_ms
    ]
    return [
        Outgoing(BREACHES, None, message.fingerprint.encode(), message.SerializeToString(), traced)
        for message in messages
    ]


def _measurement(contract: Contract, day: Day, evaluation: Evaluation, standing: Standing) -> alerts_pb2.Measurement:
    promise = evaluation.promise
    return alerts_pb2.Measurement(
        fingerprint=promise.fingerprint(contract.id),
        contract=contract.id,
        contract_version=contract.version,
        promise=promise.id,
        promised=promise.promised,
        measured=evaluation.words,
        value=evaluation.value,
        window=str(day),
        window_start_ms=day.start_ms,
        window_end_ms=day.end_ms,
        state=STATES[standing],
        kept=evaluation.kept,
    )
