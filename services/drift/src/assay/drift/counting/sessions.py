"""What a user does, as parts of sessions: which metrics ask for it, and what they count of it."""

from __future__ import annotations

from typing import NamedTuple

from assay.contracts.monitoring import SESSIONS, Monitoring
from assay.drift.counting.known import Answered, Event
from assay.drift.counting.users import amount_of
from assay.monitoring.experiments import Session

__all__ = ["Done", "asked_for", "done"]


class Done(NamedTuple):
    """One thing that a user of a variant did, as the session that it would be alone."""

    variant: str
    user: str
    session: Session


def asked_for(monitoring: Monitoring, answered: Answered) -> Done | None:
    """Return that a user asked for a prediction; None where no metric needs to know."""
    return _of(monitoring, answered.variant, answered.user, answered.time_ms, None)


def done(monitoring: Monitoring, event: Event, answered: Answered | None) -> Done | None:
    """Return an action or an outcome as what its user, or that of its prediction, did."""
    variant = event.variant or (answered.variant if answered else "")
    user = event.user or (answered.user if answered else "")
    return _of(monitoring, variant, user, event.time_ms, event)


def _of(monitoring: Monitoring, variant: str, user: str, time_ms: int, event: Event | None) -> Done | None:
    metrics = [each for each in monitoring.session_metrics if variant in dict(each.shares)]
    if not user or not metrics:
        return None
    amounts = {
        each.name: amount_of(each.numerator, event, of_value=each.of_value)
        for each in metrics
        if event is not None and each.denominator == SESSIONS and each.numerator == event.name
    }
    return Done(variant, user, Session(time_ms, time_ms, 1, amounts))
