"""How bad a breach is: by what the contract says of its use, by how far it is broken, and by what it hits. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.alerts.breaches import Kind, Measurement, Recipient, Role, Severity
from assay.alerts.routing.excess import FAR, beyond, promise_of
from assay.contracts import Contract, Promise, ServiceLevel

__all__ = ["Assessment", "assess"]

STATED = {
    **dict.fromkeys(("info", "informational", "notice", "low", "minor"), Severity.INFO),
    **dict.fromkeys(("warning", "warn", "medium", "moderate"), Severity.WARNING),
    **dict.fromkeys(("critical", "error", "high", "major", "blocker", "fatal"), Severity.CRITICAL),
}
"""Severities that a quality line may state, and what they mean here."""

LADDER = tuple(Severity)
DRIVERS = {"regulatory": 1, "analytics": -1}
SILENT = ("frequency", "freshness")
FAILURE, PRODUCER = "failure", "producer"
"""Alarms on invalid records, as recovery calls them. One failure has its own dead letters: all other records are fine."""

HIT = ("model", "report")
READERS = (Role.CONSUMER, Role.DOWNSTREAM)


@dataclass(frozen=True, slots=True)
class Assessment:
    """How bad it is, and what led there, step by step."""

    severity: Severity
    reasons: tuple[str, ...]


def assess(contract: Contract | None, measurement: Measurement, recipients: Sequence[Recipient]) -> Assessment:
    """Return how bad the breach is that a measurement fires: where it begins, and each step up and down from there.

    The table of docs/guide/alerts.md says the same.
    """
    promise = promise_of(contract, measurement) if measurement.kind is Kind.PROMISE else None
    begins, why = _begins(promise, measurement)
    if measurement.kind is Kind.SERVICE:
        steps = [(1, "up: promises can't be measured meanwhile")]
    else:
        steps = list(_steps(contract, promise, measurement, recipients)) if contract is not None else []
    place = LADDER.index(begins) + sum(step for step, _ in steps)
    return Assessment(LADDER[min(max(place, 0), len(LADDER) - 1)], (why, *(words for _, words in steps)))


def _begins(promise: Promise | ServiceLevel | None, measurement: Measurement) -> tuple[Severity, str]:
    if measurement.kind is Kind.INVALID_RECORDS and measurement.promise == FAILURE:
        return Severity.INFO, "one failure begins as info"
    stated = promise.severity if isinstance(promise, Promise) else ""
    if begins := STATED.get(stated.lower()):
        return begins, f"the contract says severity {stated}"
    return Severity.WARNING, "begins as warning"


def _steps(
    contract: Contract, promise: Promise | ServiceLevel | None, measurement: Measurement, told: Sequence[Recipient]
) -> Iterator[tuple[int, str]]:
    """What moves it up or down; nothing of it is about the machine, which is no promise of the contract."""
    if not contract.is_production:
        yield -1, "down: the contract is not for use in production"
    driver = promise.driver.lower() if promise else ""
    if driver in DRIVERS:
        yield DRIVERS[driver], f"{'up' if DRIVERS[driver] > 0 else 'down'}: its driver is {driver}"
    if measurement.promise == PRODUCER and measurement.kind is Kind.INVALID_RECORDS:
        yield 1, "up: nothing that the producer sends is valid"
    elif isinstance(promise, ServiceLevel) and promise.kind in SILENT:
        yield 1, "up: it is silent"
    elif (times := beyond(promise, measurement.value)) is not None and times >= FAR:
        yield 1, f"up: {times:.3g} times what is allowed"
    if hit := [each for each in told if each.role in READERS and each.kind.lower() in HIT]:
        yield 1, f"up: it hits {' and '.join(f'the {each.kind} {each.id}' for each in hit[:2])}"
