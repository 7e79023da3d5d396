"""What comes of predictions: labels, actions, outcomes, met by id in any order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assay.api.models.v1 import outcome_pb2
from assay.drift.counting.desk import Desk
from assay.drift.counting.known import Answered, Event, Known, meet_label, pair
from assay.drift.counting.plan import Plan
from assay.drift.counting.records import ms_of
from assay.drift.counting.sessions import done
from assay.drift.counting.users import shares_of

__all__ = ["count_event", "meet_actions", "meet_labels", "meet_outcomes", "truth_of"]

Happened = tuple[str, str, Event]
"""The id of the prediction, what tells repeats apart, and the event."""


def meet_labels(desk: Desk, plan: Plan, messages: Sequence[outcome_pb2.Label]) -> None:
    """Take labels in; what they change is counted once for each prediction, however many there are."""
    known = desk.load([each.prediction_id for each in messages])
    for each in messages:
        known.setdefault(each.prediction_id, Known())
    before = {name: pair(entry, plan.horizon_ms) for name, entry in known.items()}
    for each in messages:
        item = each.item if plan.is_ranking else ""
        meet_label(known[each.prediction_id], each.revision, ms_of(each, "labelled_at"), truth_of(each), item)
    if counting := desk.counting(plan):
        counting.pairs(before.values(), [pair(known[name], plan.horizon_ms) for name in before])
    desk.save(plan, known)


def meet_actions(desk: Desk, plan: Plan, messages: Sequence[outcome_pb2.Action]) -> None:
    """Take actions in, as far as a metric counts them, or asks for sessions."""
    _meet(
        desk,
        plan,
        [
            (
                each.prediction_id,
                f"a:{each.action_id}",
                Event(f"action:{each.name}", ms_of(each, "acted_at"), 1, 0.0, each.variant, each.user),
            )
            for each in messages
        ],
    )


def meet_outcomes(desk: Desk, plan: Plan, messages: Sequence[outcome_pb2.Outcome]) -> None:
    """Take outcomes in, as far as a metric counts them, or asks for sessions; one without a count happened once."""
    found: list[Happened] = []
    for each in messages:
        count = each.count if each.HasField("count") else 1
        at_ms = ms_of(each, "observed_at")
        event = Event(f"outcome:{each.name}", at_ms, count, each.value, each.variant, each.user)
        found.append((each.prediction_id, f"o:{each.outcome_id}", event))
    _meet(desk, plan, found)


def _meet(desk: Desk, plan: Plan, happened: Sequence[Happened]) -> None:
    monitoring = plan.model.monitoring
    sides = {side for metric in monitoring.metrics for side in (metric.numerator, metric.denominator)}
    are_all = bool(monitoring.session_metrics)  # whatever a user does belongs to a session
    happened = [
        each for each in happened if (are_all or each[2].name in sides) and not desk.is_late(plan, each[2].time_ms)
    ]
    known = desk.load([name for name, _, _ in happened])
    for name, own, event in happened:
        entry = known.setdefault(name, Known())
        if own in entry.events:
            continue
        entry.events[own] = event.time_ms if count_event(desk, plan, event, entry.answered) else event
    desk.save(plan, known)


def count_event(desk: Desk, plan: Plan, event: Event, answered: Answered | None) -> bool:
    """Count an action or an outcome; False where it lacks a prediction, within the horizon, that says whose it is."""
    if answered is not None and abs(event.time_ms - answered.time_ms) > plan.horizon_ms:
        answered = None
    shares = shares_of(plan.model.monitoring.metrics, event, answered)
    if shares is None:
        return False
    desk.active(plan, done(plan.model.monitoring, event, answered))
    for share in shares:
        desk.share(plan, event.time_ms, share)
    return True


def truth_of(label: outcome_pb2.Label) -> str | float | None:
    """What a label says; nothing where it is withdrawn, or names neither a class nor a value."""
    if label.is_withdrawn:
        return None
    if label.HasField("label"):
        return label.label
    return label.value if label.HasField("value") and not math.isnan(label.value) else None
