"""What people read: a notice in words, and the line of the outbox that carries it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.alerts.breaches import Breach, Kind, Measurement, Recipient, State
from assay.alerts.plain import plain

__all__ = ["Notice", "notices"]

TITLES = {
    (Kind.PROMISE, State.FIRING): "PROMISE BROKEN",
    (Kind.PROMISE, State.RESOLVED): "KEPT AGAIN",
    (Kind.INVALID_RECORDS, State.FIRING): "INVALID RECORDS",
    (Kind.INVALID_RECORDS, State.RESOLVED): "OVER",
    (Kind.SERVICE, State.FIRING): "NOT MEASURED",
    (Kind.SERVICE, State.RESOLVED): "MEASURED AGAIN",
}
MAX_STEPS = 8


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
    kind: str = Kind.PROMISE
    cause: str = ""
    first_steps: Sequence[str] = ()


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
        window=plain(measurement.window),
        promised=plain(measurement.promised),
        measured=plain(measurement.measured),
        recipient=recipient.id,
        contact=recipient.contact,
        text=text,
        at_ms=at_ms,
        kind=measurement.kind,
        cause=plain(measurement.cause),
        first_steps=tuple(plain(step) for step in measurement.first_steps[:MAX_STEPS]),
    )


def _lines(breach: Breach, measurement: Measurement, state: State) -> Iterator[str]:
    """First what and how bad; then, for invalid records, the likely cause and what to do; then since when, and who knows."""
    title = TITLES[measurement.kind, state]
    is_promise, fired = measurement.kind is Kind.PROMISE, breach.fired
    when = f", {measurement.window}" if is_promise else ""
    yield plain(f"{title}: {measurement.contract}{when}: {measurement.measured}")
    if measurement.cause:
        yield f"  likely: {plain(measurement.cause)}"
    for place, step in enumerate(measurement.first_steps[:MAX_STEPS]):
        yield f"  {'first:' if place == 0 else ' then:'} {plain(step)}"
    version = f"version {measurement.contract_version}"
    yield plain(f"  promised: {measurement.promised} ({f'{measurement.promise}, ' if is_promise else ''}{version})")
    if is_promise:
        yield plain(f"  {'since' if state is State.FIRING else 'broken'}: {_broken_over(breach)}")
    else:
        begun = plain(fired.window.partition(" to ")[0])
        yield f"  since: {begun}" if state is State.FIRING else f"  lasted: {plain(measurement.window)}"
    yield f"  told: {', '.join(_name(recipient) for recipient in breach.recipients)}"


def _broken_over(breach: Breach) -> str:
    first, last = breach.fired.window, breach.latest.window
    return first if first == last else f"{first} to {last}"


def _name(recipient: Recipient) -> str:
    name, contact = plain(recipient.id), plain(recipient.contact)
    return f"{name} <{contact}>" if contact else name
