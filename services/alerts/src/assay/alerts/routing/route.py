"""What is sent where: one alert for each channel that a rule leads a recipient to, and who is reached by none. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.alerts.breaches import Recipient, State
from assay.alerts.delivery.delivery import Delivery, key_of
from assay.alerts.messages.message import Message
from assay.alerts.messages.saying import Subject
from assay.alerts.plain import plain
from assay.alerts.routing.excess import promise_of
from assay.alerts.routing.routes import Routes, Way
from assay.alerts.routing.rules import Rule, kind_of

__all__ = ["Leg", "Routed", "route", "routed"]

MAX_LABEL = 200


@dataclass(frozen=True, slots=True)
class Leg:
    """One alert on its way: through which channel, to whom, by which rules; a target where each is told for himself."""

    way: Way
    recipients: tuple[Recipient, ...]
    why: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a breach goes, and who is reached by no channel."""

    legs: tuple[Leg, ...]
    unreached: tuple[Recipient, ...]


def routed(subject: Subject, routes: Routes) -> Routed:
    """Return the alerts that a breach comes to; each recipient once in a channel, in the strongest of its roles.

    Who is reached by one contact is reached, though another of his contacts leads nowhere.
    """
    reached: dict[tuple[str, str], dict[str, Recipient]] = {}
    whys: dict[tuple[str, str], dict[str, None]] = {}
    for recipient in subject.breach.recipients:
        for way, why in _ways(subject, recipient, routes):
            target = (way.name, recipient.contact if way.is_addressed else "")
            reached.setdefault(target, {}).setdefault(recipient.id, recipient)
            whys.setdefault(target, {})[why] = None
    told = {name for each in reached.values() for name in each}
    unreached = tuple(each for each in subject.breach.recipients if each.id not in told)
    in_order = sorted(reached, key=lambda each: list(routes.ways).index(each[0]))
    return Routed(
        tuple(
            Leg(routes.ways[name], tuple(reached[name, target].values()), "; ".join(whys[name, target]), target)
            for name, target in in_order
        ),
        unreached,
    )


def route(subject: Subject, state: State, message: Message, routes: Routes, at_ms: int) -> list[Delivery]:
    """Return the alerts of a breach that fires or is over; the same breach and routes give the same keys."""
    return [_delivery(subject, state, message, leg, at_ms) for leg in routed(subject, routes).legs]


def _ways(subject: Subject, recipient: Recipient, routes: Routes) -> Iterator[tuple[Way, str]]:
    """The channels of every rule that matches, until one says stop. Who has no contact can't be addressed."""
    measurement = subject.breach.fired
    kind = kind_of(measurement, promise_of(subject.contract, measurement))
    for number, rule in enumerate(routes.rules, start=1):
        if not rule.when.matches(subject.breach.severity, measurement.contract, kind, recipient):
            continue
        for way in (routes.ways[name] for name in rule.to):
            if recipient.contact or not way.is_addressed:
                yield way, _why(number, rule)
        if rule.stop:
            return


def _why(number: int, rule: Rule) -> str:
    return f"route {number} ({rule.when.words})"


def _delivery(subject: Subject, state: State, message: Message, leg: Leg, at_ms: int) -> Delivery:
    breach = subject.breach
    fired = breach.fired
    measurement = breach.fired if state is State.FIRING else breach.resolved or breach.latest
    starts_ms = breach.fired_at_ms or fired.window_start_ms
    return Delivery(
        key=key_of(breach.id, state, leg.way.name, leg.target),
        breach=breach.id,
        fingerprint=fired.fingerprint,
        state=state,
        severity=subject.breach.severity,
        channel=leg.way.name,
        recipients=leg.recipients,
        contract=fired.contract,
        promise=fired.promise,
        message=message,
        labels=_labels(subject),
        starts_ms=starts_ms,
        ends_ms=None if state is State.FIRING else max(breach.over_at_ms or at_ms, starts_ms + 1),
        at_ms=at_ms,
        why=leg.why,
        target=leg.target,
        kind=measurement.kind,
        window=plain(measurement.window),
        promised=plain(measurement.promised),
        measured=plain(measurement.measured),
        cause=plain(measurement.cause),
    )


def _labels(subject: Subject) -> dict[str, str]:
    """What silences, groups and routes of Alertmanager go by: the same for the firing and for the end of a breach."""
    fired, told = subject.breach.fired, subject.breach.recipients
    owner = subject.contract.owner.id if subject.contract else ""
    said = {
        "contract": fired.contract,
        "promise": fired.promise,
        "kind": kind_of(fired, promise_of(subject.contract, fired)),
        "severity": subject.breach.severity.value,
        "owner": owner,
        "cause": subject.breach.under.rpartition("-")[0],
        "told": ",".join(dict.fromkeys(each.id for each in told)),
    }
    return {name: plain(value, MAX_LABEL) for name, value in said.items() if value}
