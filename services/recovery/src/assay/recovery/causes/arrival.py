"""Causes that lie in how a record came: its version, its time, its bytes. Pure."""

from __future__ import annotations

from assay.contracts import Reason
from assay.recovery.causes.case import Case, Cause, Kind

__all__ = ["arrival_cause"]


def arrival_cause(case: Case) -> Cause | None:
    """The cause of a failure whose records were not read, or came at a wrong time; None where it lies in their fields."""
    match case.identity.reason:
        case Reason.UNKNOWN_SCHEMA:
            return _version(case)
        case Reason.LATE:
            return _late(case)
        case Reason.DUPLICATE:
            return _duplicates(case)
        case Reason.MALFORMED | Reason.ENVELOPE:
            return _malformed(case)
    return None


def _version(case: Case) -> Cause | None:
    first = case.first
    if first is None:
        return None
    match first.rule:
        case "version":
            return Cause(Kind.UNREGISTERED, f"records declare {first.found}; {first.expected} is wanted")
        case "registry_away":
            words = f"records declare {first.found}; they are replayed by themselves once it is known"
            return Cause(Kind.UNREGISTERED, words)
        case "retired":
            return Cause(Kind.RETIRED, f"records declare one that nobody may use any more: {first.found}")
        case "contract":
            return Cause(Kind.STRANGER, f"records declare {first.found}")
    return None


def _late(case: Case) -> Cause | None:
    """A clock is suspected where nearly all of one producer is late; a few late records are just late."""
    if not case.is_nearly_all or not case.identity.producer:
        return None
    evidence = [f"{case.refused} of {case.records} of its records are refused"]
    late = {each.identity.producer for each in case.siblings if each.identity.reason == Reason.LATE}
    if not late - {case.identity.producer}:
        evidence.append("no other producer is late")
    words = f"the clock of {case.identity.producer} is behind, or it sends what it had kept back"
    return Cause(Kind.LATE, words, tuple(evidence))


def _duplicates(case: Case) -> Cause:
    evidence = (f"{case.refused} of {case.records} of its records are refused",) if case.is_nearly_all else ()
    who = case.identity.producer or "a producer"
    return Cause(Kind.DUPLICATES, f"{who} sends events again under ids that were taken before", evidence)


def _malformed(case: Case) -> Cause | None:
    first = case.first
    look = first.found.partition("no JSON: ")[2] if first else ""
    if look:
        return Cause(Kind.MALFORMED, f"what comes is no JSON: {look}")
    if first and first.rule == "headers":
        return Cause(Kind.MALFORMED, "a header has a name that is not UTF-8")
    if first and first.rule == "frame":
        return Cause(Kind.MALFORMED, f"what stands before the record is no frame: {first.found}")
    return None
