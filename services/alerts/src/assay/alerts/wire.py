"""Measurements and breaches to the wire and back."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from assay.alerts import breaches
from assay.alerts.errors import MalformedMeasurementError
from assay.api.alerts.v1 import alerts_pb2

__all__ = ["read_measurement", "write_breach", "write_measurement"]

STATES = {
    alerts_pb2.BREACH_STATE_FIRING: breaches.State.FIRING,
    alerts_pb2.BREACH_STATE_RESOLVED: breaches.State.RESOLVED,
}
CODES = {state: code for code, state in STATES.items()}
KINDS = {
    alerts_pb2.MEASUREMENT_KIND_PROMISE: breaches.Kind.PROMISE,
    alerts_pb2.MEASUREMENT_KIND_INVALID_RECORDS: breaches.Kind.INVALID_RECORDS,
    alerts_pb2.MEASUREMENT_KIND_SERVICE: breaches.Kind.SERVICE,
}
KIND_CODES = {kind: code for code, kind in KINDS.items()}


def read_measurement(value: bytes) -> breaches.Measurement:
    """Return the measurement in a record's value.

    Raises:
        MalformedMeasurementError: the bytes are no measurement, or one without what identifies it.
    """
    message = alerts_pb2.Measurement()
    try:
        message.ParseFromString(value)
    except DecodeError as error:
        raise MalformedMeasurementError("the bytes are no such message") from error
    for name in ("fingerprint", "contract", "promise"):
        if not getattr(message, name):
            raise MalformedMeasurementError(f"{name} is empty")
    if message.state not in STATES:
        raise MalformedMeasurementError(f"state {message.state} is unknown")
    if message.window_start_ms >= message.window_end_ms:
        raise MalformedMeasurementError("the window ends before it starts")
    return breaches.Measurement(
        fingerprint=message.fingerprint,
        contract=message.contract,
        contract_version=message.contract_version,
        promise=message.promise,
        promised=message.promised,
        measured=message.measured,
        value=message.value,
        window=message.window,
        window_start_ms=message.window_start_ms,
        window_end_ms=message.window_end_ms,
        state=STATES[message.state],
        kind=KINDS.get(message.kind, breaches.Kind.PROMISE),
        path=message.path,
        cause=message.cause,
        first_steps=tuple(message.first_steps),
        severity=message.severity,
    )


def write_measurement(measurement: breaches.Measurement) -> alerts_pb2.Measurement:
    """Return the message of a measurement."""
    return alerts_pb2.Measurement(
        fingerprint=measurement.fingerprint,
        contract=measurement.contract,
        contract_version=measurement.contract_version,
        promise=measurement.promise,
        promised=measurement.promised,
        measured=measurement.measured,
        value=measurement.value,
        window=measurement.window,
        window_start_ms=measurement.window_start_ms,
        window_end_ms=measurement.window_end_ms,
        state=CODES[measurement.state],
        kind=KIND_CODES[measurement.kind],
        path=measurement.path,
        cause=measurement.cause,
        first_steps=measurement.first_steps,
        severity=measurement.severity,
    )


def write_breach(breach: breaches.Breach) -> alerts_pb2.Breach:
    """Return the message of a breach; `resolved` is absent while it fires."""
    return alerts_pb2.Breach(
        fired=write_measurement(breach.fired),
        latest=write_measurement(breach.latest),
        resolved=write_measurement(breach.resolved) if breach.resolved else None,
        recipients=[recipient.id for recipient in breach.recipients],
    )
