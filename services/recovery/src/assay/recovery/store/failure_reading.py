"""A failure as people ask for it, from its row and what else is known of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assay.contracts import Violation
from assay.recovery.selection import Selection
from assay.recovery.status import FailureStatus, Standing, status_of
from assay.recovery.store.account import HOUR_MS, Sample
from assay.recovery.store.explanations import explanation, violations_in
from assay.recovery.store.failure_rows import hours_in, samples_in
from assay.recovery.store.known import Known

__all__ = ["Failure", "Hour", "failure_of", "whole"]

MINUTES_OF_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Hour:
    """The dead letters of one hour of arrival."""

    start_ms: int
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A group of dead letters that failed in the same way.

    `violations` are those of its newest dead letter, and `producer_version` what that one declares. `has_flow` says that
    a flow in force may be for them, `is_marked` that a person knows them. `is_rest`: all failures of the contract that
    have no row of their own.
    """

    fingerprint: str
    contract: str
    version: str
    reason: str
    path: str
    rule: str
    shape: str
    producer: str
    producer_version: str
    dead_letters: int
    sealed: int
    open: int
    replayed: int
    discarded: int
    quarantined: int
    passed: int
    returned: int
    awaiting: int
    first_seen_ms: int
    last_seen_ms: int
    rate_per_min: float
    status: FailureStatus
    explanation: str
    is_rest: bool
    has_flow: bool
    is_marked: bool
    note: str
    is_alerting: bool
    cause: str
    violations: tuple[Violation, ...]
    samples: tuple[Sample, ...] = ()
    hours: tuple[Hour, ...] = ()


def failure_of(row: sa.RowMapping, selections: Collection[Selection], left: Mapping[str, int], known: Known) -> Failure:
    """Return a failure without samples and hours; `selections` are those of the runs that have not ended."""
    counted = ("dead_letters", "replayed", "discarded", "quarantined", "returned")
    standing = Standing(**{name: row[name] for name in (*counted, "judged")})
    violations = violations_in(row["violations"])
    has_flow = known.knows(row["contract"], row["reason"], violations)
    is_selected = any(_takes(selection, row) for selection in selections)
    is_rest, is_marked = bool(row["is_rest"]), bool(row["is_known"])
    is_shut = row["sealed"] > 0 and has_flow and not known.opens_sealed
    said = explanation(standing, row["reason"], row["path"], left, is_known=has_flow, is_rest=is_rest, is_shut=is_shut)
    identity = ("fingerprint", "contract", "version", "reason", "path", "rule", "shape", "producer", "producer_version")
    return Failure(
        **{name: row[name] for name in (*identity, *counted, "sealed", "first_seen_ms", "last_seen_ms")},
        open=standing.open,
        passed=standing.passed,
        awaiting=standing.awaiting,
        rate_per_min=row["last_hour_letters"] / MINUTES_OF_AN_HOUR,
        status=status_of(standing, is_selected=is_selected, is_known=has_flow or is_marked),
        explanation=said,
        is_rest=is_rest,
        has_flow=has_flow,
        is_marked=is_marked,
        note=row["note"] or "",
        is_alerting=row["alerting_ms"] is not None,
        cause=row["cause"] or "",
        violations=violations,
    )


def whole(failure: Failure, row: sa.RowMapping) -> Failure:
    """Return a failure with its samples, the newest first, and its hours."""
    hours = tuple(Hour(hour * HOUR_MS, count) for hour, count in sorted(hours_in(row["hours"]).items()))
    return replace(failure, samples=tuple(samples_in(row["samples"])), hours=hours)


def _takes(selection: Selection, row: sa.RowMapping) -> bool:
    """Whether a selection takes dead letters of a failure; of single places, whether it takes one of its samples."""
    below = f"{selection.path}/"
    return (
        selection.contract == row["contract"]
        and selection.failure in ("", row["fingerprint"])
        and all(getattr(selection, name) in ("", row[name]) for name in ("reason", "rule", "producer", "version"))
        and (not selection.path or row["path"] == selection.path or row["path"].startswith(below))
        and row["last_seen_ms"] >= selection.since_ms
        and (not selection.until_ms or row["first_seen_ms"] < selection.until_ms)
        and (not selection.places or any(each.place in selection.places for each in samples_in(row["samples"])))
    )
