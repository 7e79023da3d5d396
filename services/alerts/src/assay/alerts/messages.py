"""What people read: a notice in words, and the line of the outbox that carries it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.alerts.breaches import Breach, Measurement, Recipient, State

__all__ = ["Notice", "notices"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one recipient: the fields of an outbox line, in their order.

    `key` is the same however often the line is written, so a reader may drop repeats by it.
    """

    key: str
    breach: str
    fingerprint: str
    state: str
    contract: str
    promise: str
    window: str
    promised: str
    measured: str
    recipient: str
    contact: str
    text: str
    at_ms: int


def notices(breach: Breach, state: State, at_ms: int) -> list[Notice]:
    """Return one notice for each recipient of `breach`, about its firing or its end."""
    measurement = breach.fired if state is State.FIRING else breach.resolved or breach.latest
    text = "\n".join(_lines(breach, measurement, state))
    return [_notice(breach, measurement, state, recipient, text, at_ms) for recipient in breach.recipients]


def _notice(
    breach: Breach, measurement: Measurement, state: State, recipient: Recipient, text: str, at_ms: int
) -> Notice:
    return Notice(
        key=f"{breach.id}/{state}/{recipient.id}",
        breach=breach.id,
        fingerprint=measurement.fingerprint,
        state=state,
        contract=measurement.contract,
        promise=measurement.promise,
        window=measurement.window,
        promised=measurement.promised,
        measured=measurement.measured,
        recipient=recipient.id,
        contact=recipient.contact,
        text=text,
        at_ms=at_ms,
    )


def _lines(breach: Breach, measurement: Measurement, state: State) -> Iterator[str]:
    """First what and how bad, then which promise, since when, and who knows."""
    title = "PROMISE BROKEN" if state is State.FIRING else "KEPT AGAIN"
    yield f"{title}: {measurement.contract}, {measurement.window}: {measurement.measured}"
    yield f"  promised: {measurement.promised} ({measurement.promise}, version {measurement.contract_version})"
    yield f"  {'since' if state is State.FIRING else 'broken'}: {_broken_over(breach)}"
    yield f"  told: {', '.join(_name(recipient) for recipient in breach.recipients)}"


def _broken_over(breach: Breach) -> str:
    first, last = breach.fired.window, breach.latest.window
    return first if first == last else f"{first} to {last}"


def _name(recipient: Recipient) -> str:
    return f"{recipient.id} <{recipient.contact}>" if recipient.contact else recipient.id
