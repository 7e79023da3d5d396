"""How bad a breach is: by what the contract says of its use, by how far it is broken, and by what it hits. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.alerts.breaches import Kind, Measurement, Recipient, Role, Severity
from assay.alerts.routing.excess import far, promise_of
from assay.contracts import Contract, Promise, ServiceLevel

__all__ = ["Assessment", "assess"]

STATED = {
    **dict.fromkeys(("info", "informational", "notice", "low", "minor"), Severity.INFO),
    **dict.fromkeys(("warning", "warn", "error", "medium", "moderate", "major"), Severity.WARNING),
    **dict.fromkeys(("critical", "high", "severe", "blocker", "fatal"), Severity.CRITICAL),
}
"""Severities that a quality line may state, and where they begin here."""

LADDER = tuple(Severity)
SILENT = ("frequency", "freshness")
FAILURE, FAILURES, PRODUCER, REGISTRY = "failure", "failures", "producer", "registry"
"""Alarms on invalid records, as recovery calls them; and the one on the machine that leaves records judged."""

HIT = ("model", "report")
READERS = (Role.CONSUMER, Role.DOWNSTREAM)
Steps = Iterator[tuple[int, str]]


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
    begins, why = _begins(contract, promise, measurement)
    steps = list(_steps(contract, promise, measurement, recipients))
    place = LADDER.index(begins) + sum(step for step, _ in steps)
    return Assessment(LADDER[min(max(place, 0), len(LADDER) - 1)], (why, *(words for _, words in steps)))


def _begins(
    contract: Contract | None, promise: Promise | ServiceLevel | None, measurement: Measurement
) -> tuple[Severity, str]:
    if measurement.kind is Kind.SERVICE:
        return Severity.WARNING, "warning to begin with, as all that concerns the machine"
    if contract is None:
        return Severity.WARNING, "warning to begin with, for nobody knows the contract"
    stated = promise.severity if isinstance(promise, Promise) else ""
    if begins := STATED.get(stated.lower()):
        return begins, f"{begins} to begin with, for the contract says severity {stated}"
    if measurement.severity in LADDER:
        measured = Severity(measurement.severity)
        return measured, f"{measured} to begin with, by how far it is from what is usual"
    return Severity.INFO, "info to begin with"


def _steps(
    contract: Contract | None,
    promise: Promise | ServiceLevel | None,
    measurement: Measurement,
    recipients: Sequence[Recipient],
) -> Steps:
    if measurement.kind is Kind.SERVICE:
        if measurement.promise != REGISTRY:
            yield 1, "up, for records are not judged meanwhile"
        return
    if contract is None:
        return
    if contract.is_production:
        yield 1, "up, for the contract is for use in production"
    if measurement.kind is Kind.PROMISE:
        yield from _promise_steps(promise, measurement)
    elif measurement.promise in (PRODUCER, FAILURES):
        what = (
            "nothing that the producer sends is valid" if measurement.promise == PRODUCER else "there are many failures"
        )
        yield 1, f"up, for {what}"
    if measurement.kind is Kind.PROMISE or measurement.promise != FAILURE:
        yield from _hits(recipients)


def _promise_steps(promise: Promise | ServiceLevel | None, measurement: Measurement) -> Steps:
    driver = promise.driver.lower() if promise else ""
    if driver == "regulatory":
        yield 1, "up, for its driver is regulatory"
    elif driver == "analytics":
        yield -1, "down, for its driver is analytics"
    if isinstance(promise, ServiceLevel) and promise.kind in SILENT:
        yield 1, "up, for nothing new comes"
    elif said := far(promise, measurement.value):
        yield 1, f"up, for it is {said}"


def _hits(recipients: Sequence[Recipient]) -> Steps:
    """A model or a report that reads it; one failure alone hits neither, for its records are kept out."""
    if hit := [each for each in recipients if each.role in READERS and each.kind.lower() in HIT]:
        yield 1, f"up, for it hits {' and '.join(f'the {each.kind} {each.id}' for each in hit[:2])}"
