"""What a call asks for, checked: queries, severities, states, and the breach that is to be routed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from assay.alerts.breaches import Breach, Severity
from assay.alerts.errors import ContractUnknownError, MalformedMeasurementError, PromiseUnknownError, RequestError
from assay.alerts.history import BreachQuery, EvaluationQuery
from assay.alerts.routing.excess import held_to, limit_words
from assay.alerts.wire import STATES, read_measurement
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.contracts import Contract
from assay.contracts.words import did_you_mean

__all__ = ["MAX_TEXT", "breach_query", "evaluation_query", "severity_of", "supposed"]

MAX_MS = 2**53
MAX_TEXT = 1_000
MAX_BREACHES, MAX_EVALUATIONS, EVALUATIONS = 10_000, 10_000, 100
MINUTE_MS = 60_000
ANY_CONTRACT = "*"

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
    if asked.kind == pb.MEASUREMENT_KIND_SERVICE:
        asked.contract, asked.promise = asked.contract or ANY_CONTRACT, asked.promise or "service"
    elif asked.contract not in contracts:
        raise ContractUnknownError(asked.contract, did_you_mean(asked.contract[:80], contracts))
    else:
        _fill(asked, contracts[asked.contract], now_ms)
    asked.fingerprint = asked.fingerprint or "tried"
    asked.window_end_ms = asked.window_end_ms or now_ms
    asked.window_start_ms = asked.window_start_ms or asked.window_end_ms - MINUTE_MS
    try:
        measurement = read_measurement(asked.SerializeToString())
    except MalformedMeasurementError as error:
        raise RequestError("measurement", error.why) from error
    return Breach(measurement, measurement)


def _fill(asked: pb.Measurement, contract: Contract, now_ms: int) -> None:
    """Fill in version, promise and the newest window that is over; what was measured in the plainest words."""
    asked.contract_version = asked.contract_version or contract.version
    if asked.kind != pb.MEASUREMENT_KIND_PROMISE or not asked.promise:
        return
    promise = next((each for each in held_to(contract) if each.id == asked.promise), None)
    if promise is None:
        raise PromiseUnknownError(contract.id, asked.promise, [each.id for each in held_to(contract)])
    asked.fingerprint = asked.fingerprint or promise.fingerprint(contract.id)
    asked.promised = asked.promised or promise.promised
    asked.measured = asked.measured or f"{asked.value:g}, promised {limit_words(promise)}"
    if promise.window is not None and not (asked.window_start_ms or asked.window_end_ms):
        end_ms, _ = promise.window.bounds(now_ms, contract.timezone)
        asked.window_start_ms, asked.window_end_ms = promise.window.bounds(end_ms - 1, contract.timezone)
        asked.window = asked.window or promise.window.words(asked.window_start_ms, end_ms, contract.timezone)


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
