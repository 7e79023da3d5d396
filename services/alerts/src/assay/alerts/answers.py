"""Breaches, alerts, routes and channels as messages of the calls, and the other way round. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from google.protobuf.message import Message

from assay.alerts.breaches import Breach, Recipient, Severity, State
from assay.alerts.delivery.standing import Fare, Posted
from assay.alerts.errors import RequestError
from assay.alerts.routing.route import Leg
from assay.alerts.routing.routes import Way
from assay.alerts.wire import CODES, STATES, write_measurement
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1.promise_pb2 import Evaluation

__all__ = [
    "MAX_MS",
    "alert_message",
    "breach_message",
    "channel_message",
    "fitting",
    "leg_message",
    "limit_of",
    "recipient_message",
    "severity_code",
    "severity_of",
    "state_of",
]

MAX_MS = 2**53
MAX_ANSWER_BYTES = 3 * 1024 * 1024
"""A client takes 4 MiB unless it is told otherwise."""

SEVERITIES = {
    pb.SEVERITY_INFO: Severity.INFO,
    pb.SEVERITY_WARNING: Severity.WARNING,
    pb.SEVERITY_CRITICAL: Severity.CRITICAL,
}
_CODES = {severity: code for code, severity in SEVERITIES.items()}
Answer = TypeVar("Answer", bound=Message)


def breach_message(
    breach: Breach, over: Sequence[Breach] = (), evidence: Sequence[Evaluation] = ()
) -> pb.Breach:
    """Return the message of a breach; `resolved` is absent while it fires."""
    return pb.Breach(
        fired=write_measurement(breach.fired),
        latest=write_measurement(breach.latest),
        resolved=write_measurement(breach.resolved) if breach.resolved else None,
        recipients=dict.fromkeys(recipient.id for recipient in breach.recipients),
        id=breach.id,
        severity=_CODES[breach.severity],
        severity_reasons=breach.reasons,
        under=breach.under,
        over=[each.id for each in over],
        evidence=evidence,
    )


def alert_message(posted: Posted) -> pb.BreachAlert:
    """Return the message of an alert and what became of it."""
    return pb.BreachAlert(
        key=posted.delivery.key,
        state=CODES[posted.delivery.state],
        channel=posted.delivery.channel,
        recipients=map(recipient_message, posted.delivery.recipients),
        created_ms=posted.created_ms,
        attempts=posted.attempts,
        delivered_ms=posted.delivered_ms,
        gave_up_ms=posted.gave_up_ms,
        next_try_ms=posted.next_try_ms,
        error=posted.error,
    )


def recipient_message(recipient: Recipient) -> pb.AlertRecipient:
    """Return the message of someone who is told."""
    return pb.AlertRecipient(
        id=recipient.id, contact=recipient.contact, role=recipient.role.value, why=recipient.why
    )


def leg_message(leg: Leg, said: str) -> pb.RoutedAlert:
    """Return the message of an alert that would be sent, with what it would say."""
    return pb.RoutedAlert(
        channel=leg.way.name, recipients=map(recipient_message, leg.recipients), why=leg.why, text=said
    )


def channel_message(way: Way, fare: Fare, now_ms: int) -> pb.Channel:
    """Return the message of a channel, and how its alerts fare."""
    waited_ms = 0 if fare.oldest_ms is None else max(now_ms - fare.oldest_ms, 0)
    return pb.Channel(
        name=way.name,
        kind=way.kind,
        waiting=fare.waiting,
        delivered=fare.delivered,
        gave_up=fare.gave_up,
        oldest_s=waited_ms / 1000,
        error=fare.error,
        failed_ms=fare.failed_ms if fare.error else None,
    )


def severity_code(severity: Severity) -> pb.Severity.ValueType:
    """Return a severity as it goes over the wire."""
    return _CODES[severity]


def severity_of(code: int) -> Severity:
    """Return the severity that is asked for; unspecified is the least.

    Raises:
        RequestError: this release knows none of that number.
    """
    found = {int(known): severity for known, severity in SEVERITIES.items()}
    if code and code not in found:
        raise RequestError("severity", f"{code} is unknown")
    return found.get(code, Severity.INFO)


def state_of(code: int) -> State | None:
    """Return the state that is asked for; unspecified is any.

    Raises:
        RequestError: this release knows none of that number.
    """
    found = {int(known): state for known, state in STATES.items()}
    if code and code not in found:
        raise RequestError("state", f"{code} is unknown")
    return found.get(code)


def limit_of(limit: int, default: int, most: int) -> int:
    """Return how many to answer: the default for 0, and never more than `most`.

    Raises:
        RequestError: it is negative.
    """
    if limit < 0:
        raise RequestError("limit", "it is negative")
    return min(limit or default, most)


def fitting(messages: Iterable[Answer]) -> list[Answer]:
    """Return the messages from the first on that fit into one answer."""
    told: list[Answer] = []
    room = MAX_ANSWER_BYTES
    for each in messages:
        room -= each.ByteSize()
        if room < 0:
            break
        told.append(each)
    return told
