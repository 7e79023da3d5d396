"""Breaches, alerts, routes and channels as messages of the calls, and the other way round. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from google.protobuf.message import Message as Wired

from assay.alerts.breaches import Recipient, Severity
from assay.alerts.delivery.standing import Fare, Posted
from assay.alerts.messages.message import Message
from assay.alerts.messages.saying import Subject, title_of
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.routing.excess import limit_of, promise_of
from assay.alerts.routing.route import Leg
from assay.alerts.routing.routes import Way
from assay.alerts.wire import CODES, write_measurement
from assay.api.alerts.v1 import alerts_pb2 as pb
from assay.api.alerts.v1 import promise_pb2

__all__ = [
    "alert_message",
    "breach_message",
    "channel_message",
    "evaluation_message",
    "fitting",
    "leg_message",
    "recipient_message",
    "said_message",
    "severity_code",
]

MAX_ANSWER_BYTES = 3 * 1024 * 1024
"""A client takes 4 MiB unless it is told otherwise."""

OUTCOMES = {
    Outcome.KEPT: promise_pb2.EVALUATION_STATE_KEPT,
    Outcome.BROKEN: promise_pb2.EVALUATION_STATE_BROKEN,
    Outcome.INSUFFICIENT: promise_pb2.EVALUATION_STATE_INSUFFICIENT,
    Outcome.MAINTENANCE: promise_pb2.EVALUATION_STATE_MAINTENANCE,
}
SEVERITIES = {
    Severity.INFO: pb.SEVERITY_INFO,
    Severity.WARNING: pb.SEVERITY_WARNING,
    Severity.CRITICAL: pb.SEVERITY_CRITICAL,
}
Answer = TypeVar("Answer", bound=Wired)


def breach_message(subject: Subject) -> pb.Breach:
    """Return the message of a breach; `resolved` is absent while it fires."""
    breach = subject.breach
    return pb.Breach(
        fired=write_measurement(breach.fired),
        latest=write_measurement(breach.latest),
        resolved=write_measurement(breach.resolved) if breach.resolved else None,
        recipients=dict.fromkeys(recipient.id for recipient in breach.recipients),
        id=breach.id,
        severity=SEVERITIES[breach.severity],
        severity_reasons=breach.severity_reasons,
        under=breach.under,
        over=[each.id for each in subject.over],
        evidence=map(evaluation_message, breach.evidence),
        title=title_of(breach, subject.contract),
        limit=limit_of(promise_of(subject.contract, breach.fired)),
    )


def said_message(message: Message) -> pb.BreachMessage:
    """Return what people are told."""
    return pb.BreachMessage(
        title=message.title,
        lines=[pb.MessageLine(label=label, text=text) for label, text in message.lines],
        steps=message.steps,
        links=[pb.MessageLine(label=name, text=address) for name, address in message.links],
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


def evaluation_message(evaluation: Evaluation) -> promise_pb2.Evaluation:
    """Return the message of what a promise came to in one window."""
    return promise_pb2.Evaluation(
        fingerprint=evaluation.fingerprint,
        contract=evaluation.contract,
        contract_version=evaluation.version,
        promise=evaluation.promise,
        start_ms=evaluation.start_ms,
        end_ms=evaluation.end_ms,
        revision=evaluation.revision,
        state=OUTCOMES[evaluation.outcome],
        records=evaluation.records,
        bad=evaluation.bad,
        value=evaluation.value,
        words=evaluation.words,
        at_ms=evaluation.at_ms,
    )


def recipient_message(recipient: Recipient) -> pb.AlertRecipient:
    """Return the message of someone who is told."""
    return pb.AlertRecipient(id=recipient.id, contact=recipient.contact, role=recipient.role.value, why=recipient.why)


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
    return SEVERITIES[severity]


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
