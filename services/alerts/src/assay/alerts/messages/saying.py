"""What an alert says of a breach or of its end: what and how bad, whose data, who is hit, what to do first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.alerts.breaches import Breach, Kind, Measurement, Recipient, Role, State
from assay.alerts.messages.first_steps import first_steps
from assay.alerts.messages.links import addresses
from assay.alerts.messages.message import Message
from assay.alerts.messages.phrase import begun, by_clock, phrase, when
from assay.alerts.plain import plain
from assay.alerts.routing.excess import limit_of, promise_of
from assay.contracts import Contract

__all__ = ["Subject", "say", "title_of"]

MOST_NAMES, MOST_OTHERS, MOST_WINDOWS = 12, 5, 48
TITLE = 300
KINDS = ("model", "report")
ANY_CONTRACT, ALL = "*", "all contracts"


@dataclass(frozen=True, slots=True)
class Subject:
    """A breach with all that is known when people are told of it.

    `over` are the open breaches that it causes, of any of the `contracts`; `links` are templates by name.
    """

    breach: Breach
    contract: Contract | None = None
    over: Sequence[Breach] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)


def say(subject: Subject, state: State) -> Message:
    """Return what is said when the breach fires, or when it is over."""
    breach, measurement = subject.breach, _measurement(subject.breach, state)
    promise = promise_of(subject.contract, measurement) if measurement.kind is Kind.PROMISE else None
    return Message(
        title=_title(subject, measurement, state),
        lines=tuple(_lines(subject, measurement, state)),
        steps=first_steps(breach, measurement, promise) if state is State.FIRING else (),
        links=addresses(subject.links, breach, measurement),
        spark=tuple(each.value if each.outcome.counts else None for each in breach.evidence[-MOST_WINDOWS:]),
        limit=limit_of(promise),
    )


def title_of(breach: Breach, contract: Contract | None) -> str:
    """Return what is broken and how bad, without since when: how a breach is named beside another."""
    return plain(_what(breach.fired, contract), TITLE)


def _measurement(breach: Breach, state: State) -> Measurement:
    return breach.latest if state is State.FIRING else breach.resolved or breach.latest


def _what(measurement: Measurement, contract: Contract | None) -> str:
    """`flights: 51.1 % of arr_delay missing on 2013-02-08, promised at most 20 %`."""
    name = ALL if measurement.contract == ANY_CONTRACT else plain(measurement.contract)
    if measurement.kind is not Kind.PROMISE:
        return f"{name}: {plain(measurement.measured)}"
    promise = promise_of(contract, measurement)
    told = phrase(promise, measurement)
    limit = f", promised {told.limit}" if told.limit else ""
    return f"{name}: {told.found}{'' if by_clock(promise, measurement) else when(measurement)}{limit}"


def _title(subject: Subject, measurement: Measurement, state: State) -> str:
    bad, fired = subject.breach.severity.upper(), subject.breach.fired
    said = plain(_what(measurement, subject.contract), TITLE)
    if state is State.FIRING:
        is_old = begun(fired) != begun(measurement) or by_clock(promise_of(subject.contract, fired), fired)
        return f"{said} ({bad}{f', since {begun(fired)}' if is_old else ''})"
    over = "kept again" if measurement.kind is Kind.PROMISE else "over"
    name, _, rest = said.partition(": ")
    return f"{name}: {over}: {rest} (was {bad}{_when_broken(subject)})"


def _when_broken(subject: Subject) -> str:
    """From when to when it was broken, as it follows a word."""
    breach = subject.breach
    if by_clock(promise_of(subject.contract, breach.fired), breach.fired):
        window = plain((breach.resolved or breach.latest).window)
        return f" from {begun(breach.fired)} to {window.partition(' to ')[2] or window}"
    first, last = begun(breach.fired), plain(breach.latest.window)
    _, between, end = last.partition(" to ")
    if breach.fired.window == breach.latest.window:
        return when(breach.fired)
    return f" from {first} to {end if between else last}"


def _lines(subject: Subject, measurement: Measurement, state: State) -> Iterator[tuple[str, str]]:
    breach, told = subject.breach, subject.breach.recipients
    yield "promised", plain(f"{measurement.promised} ({_id(measurement)}version {measurement.contract_version})")
    yield "measured", plain(measurement.measured.partition(", promised ")[0])
    if state is State.RESOLVED:
        yield "broken", _when_broken(subject).strip()
    elif by_clock(promise_of(subject.contract, breach.fired), breach.fired):
        yield "since", begun(breach.fired)
    else:
        yield "since", plain(breach.fired.window)
    if measurement.cause:
        yield "likely", plain(measurement.cause)
    if owners := [each for each in told if each.role is Role.OWNER]:
        yield "data of", _names(owners)
    if hit := _hit(told):
        yield "hits", hit
    if subject.over:
        yield "also", _others(subject)
    if len(breach.severity_reasons) > 1:
        yield subject.breach.severity.value, plain("; ".join(breach.severity_reasons))
    if told:
        yield "told", _names(told)


def _id(measurement: Measurement) -> str:
    return f"{measurement.promise}, " if measurement.kind is Kind.PROMISE else ""


def _hit(told: Sequence[Recipient]) -> str:
    """`the model delay-model and the report passenger-rights`, then who else reads it."""
    readers = [each for each in told if each.role in (Role.CONSUMER, Role.DOWNSTREAM)]
    named = {
        each.id: f"the {each.kind.lower()} {each.id}" if each.kind.lower() in KINDS else each.id for each in readers
    }
    in_order = sorted(named.values(), key=lambda name: not name.startswith("the "))
    return _and(_few(in_order, MOST_NAMES))


def _others(subject: Subject) -> str:
    found = [title_of(each, subject.contracts.get(each.fired.contract)) for each in subject.over]
    return plain(f"broken because of it: {'; '.join(_few(found, MOST_OTHERS))}", 4 * TITLE)


def _names(told: Sequence[Recipient]) -> str:
    names = [_name(each) for each in told[:MOST_NAMES]]
    more = [f"{len(told) - MOST_NAMES} more"] if len(told) > MOST_NAMES else []
    return ", ".join((*names, *more))


def _name(recipient: Recipient) -> str:
    name, contact = plain(recipient.id, 80), plain(recipient.contact, 120)
    return f"{name} ({contact})" if contact else name


def _few(names: Sequence[str], most: int) -> list[str]:
    shown = [plain(name, TITLE) for name in names[:most]]
    return [*shown, f"{len(names) - most} more"] if len(names) > most else shown


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
