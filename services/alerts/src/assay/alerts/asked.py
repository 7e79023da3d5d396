"""What a call asks for, checked: queries, severities, states, and the breach that is to be routed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assay.alerts.breaches import Breach, Measurement, Severity
from assay.alerts.errors import ContractUnknownError, MalformedMeasurementError, PromiseUnknownError, RequestError
from assay.alerts.history import BreachQuery, EvaluationQuery
from assay.alerts.routing.excess import held_to, limit_of, promise_of
from assay.alerts.wire import STATES, read_measurement
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.contracts import Contract
from assay.contracts.words import did_you_mean

__all__ = ["MAX_TEXT", "breach_query", "evaluation_query", "severity_of", "supposed"]

MAX_MS = 2**53
MAX_TEXT = 1_000
MAX_BREACHES, MAX_EVALUATIONS, EVALUATIONS = 10_000, 10_000, 100
MINUTE_MS = 60_000

SEVERITIES = {
    int(pb.SEVERITY_UNSPECIFIED): Severity.INFO,
    int(pb.SEVERITY_INFO): Severity.INFO,
    int(pb.SEVERITY_WARNING): Severity.WARNING,
    int(pb.SEVERITY_CRITICAL): Severity.CRITICAL,
}
NUMBERED = {int(code): state for code, state in STATES.items()}


def breach_query(request: pb.ListBreachesRequest) -> BreachQuery:
    """Return which breaches are asked for.

    Raises:
        RequestError: a filter can't hold of anything.
    """
    if request.state and request.state not in NUMBERED:
        raise RequestError("state", f"{request.state} is unknown")
    return BreachQuery(
        _text("contract", request.contract),
        NUMBERED.get(request.state),
        _moment("since_ms", request.since_ms),
        severity_of(request.severity),
        _limit(request.limit, 0, MAX_BREACHES),
    )


def evaluation_query(request: pb.ListEvaluationsRequest) -> EvaluationQuery:
    """Return which evaluations are asked for.

    Raises:
        RequestError: neither a fingerprint nor a contract is named, or a filter can't hold of anything.
    """
    if not request.fingerprint and not request.contract:
        raise RequestError("fingerprint", "name the fingerprint of a promise, or a contract")
    return EvaluationQuery(
        _text("fingerprint", request.fingerprint),
        _text("contract", request.contract),
        _text("promise", request.promise),
        _moment("since_ms", request.since_ms),
        _limit(request.limit, EVALUATIONS, MAX_EVALUATIONS),
    )


def severity_of(code: int) -> Severity:
    """Return the severity that is asked for; unspecified is the least.

    Raises:
        RequestError: this release knows none of that number.
    """
    if code not in SEVERITIES:
        raise RequestError("severity", f"{code} is unknown")
    return SEVERITIES[code]


def supposed(message: pb.Measurement, contracts: Mapping[str, Contract], now_ms: int) -> Breach:
    """Return the breach that a measurement would fire; what it leaves open is filled in from the contract in force.

    Raises:
        ContractUnknownError, PromiseUnknownError: it is about what is not in force here.
        RequestError: it can't be a measurement.
    """
    asked = pb.Measurement()
    asked.CopyFrom(message)
    asked.state = pb.BREACH_STATE_FIRING
    asked.kind = asked.kind or pb.MEASUREMENT_KIND_PROMISE
    asked.window_start_ms = asked.window_start_ms or asked.window_end_ms - MINUTE_MS or now_ms - MINUTE_MS
    asked.window_end_ms = asked.window_end_ms or asked.window_start_ms + MINUTE_MS
    contract = contracts.get(asked.contract)
    if asked.kind != pb.MEASUREMENT_KIND_SERVICE and contract is None:
        raise ContractUnknownError(asked.contract, did_you_mean(asked.contract[:80], contracts))
    asked.contract_version = asked.contract_version or (contract.version if contract else "")
    asked.fingerprint = asked.fingerprint or "tried"
    if asked.kind == pb.MEASUREMENT_KIND_SERVICE:
        asked.contract, asked.promise = asked.contract or "-", asked.promise or "service"
    try:
        measurement = read_measurement(asked.SerializeToString())
    except MalformedMeasurementError as error:
        raise RequestError("measurement", error.why) from error
    if asked.kind == pb.MEASUREMENT_KIND_PROMISE and contract is not None:
        measurement = _filled(measurement, contract)
    return Breach(measurement, measurement)


def _filled(measurement: Measurement, contract: Contract) -> Measurement:
    promise = promise_of(contract, measurement)
    if promise is None:
        known = [each.id for each in held_to(contract)]
        raise PromiseUnknownError(contract.id, measurement.promise, known)
    limit = limit_of(promise)
    return replace(
        measurement,
        fingerprint=promise.fingerprint(contract.id) if measurement.fingerprint == "tried" else measurement.fingerprint,
        promised=measurement.promised or promise.promised,
        measured=measurement.measured
        or f"{measurement.value:g}, promised {'' if limit is None else f'{limit:g}'}".strip(),
    )


def _text(name: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise RequestError(name, f"it has {len(text)} characters; at most {MAX_TEXT}")
    return text


def _moment(name: str, at_ms: int) -> int:
    if not 0 <= at_ms <= MAX_MS:
        raise RequestError(name, "it is no time in Unix milliseconds")
    return at_ms


def _limit(limit: int, default: int, most: int) -> int:
    if limit < 0:
        raise RequestError("limit", "it is negative")
    return min(limit or default, most)
