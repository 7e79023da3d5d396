"""The likely cause of a failure. Pure; where versions are compared it takes tens of milliseconds."""

from __future__ import annotations

from dataclasses import replace

from assay.contracts import Reason
from assay.recovery.causes.arrival import arrival_cause
from assay.recovery.causes.case import Case, Cause
from assay.recovery.causes.fields import field_cause

__all__ = ["likely_cause"]


def likely_cause(case: Case) -> Cause | None:
    """What has most likely happened, with its evidence; None where nothing is likely. Never a value of a record."""
    in_fields = case.identity.reason in (Reason.SCHEMA, Reason.RULE)
    cause = field_cause(case) if in_fields else arrival_cause(case)
    if cause is None or not (beside := _beside(case)):
        return cause
    return replace(cause, evidence=(*cause.evidence, beside))


def _beside(case: Case) -> str:
    """Who else fails in the same way: then it is hardly one producer's doing."""
    mine = case.identity
    alike = {
        each.identity.producer
        for each in case.siblings
        if (each.identity.reason, each.identity.path, each.identity.rule) == (mine.reason, mine.path, mine.rule)
    } - {mine.producer, ""}
    if not alike or not mine.producer:
        return ""
    names = ", ".join(sorted(alike)[:3])
    return f"{names} fail{'s' if len(alike) == 1 else ''} in the same way"
