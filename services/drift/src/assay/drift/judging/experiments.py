"""What users of each variant did, up to the end of a window, and what that says however often one looks."""

from __future__ import annotations

from collections.abc import Mapping

from assay.api.drift.v1 import window_pb2
from assay.contracts.monitoring import Metric
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.experiments import Comparison, Experiment, Look, Past, UserSums, look_at

__all__ = ["experiment_of", "judge_experiments"]


def judge_experiments(
    model: WatchedModel,
    reference: Reference | None,  # noqa: ARG001 -- all that judge a window are asked alike
    totals: Totals,
    state: Mapping[str, object],
) -> tuple[list[window_pb2.ExperimentLook], dict[str, object]]:
    """Return a look at each metric that has users, and what the next looks must know of this one and those before.

    Users of a variant that the contract gives no share are left out. A metric that is said anew begins anew.
    """
    looks, after = [], dict[str, object]()
    metrics = model.monitoring.metrics
    for metric in metrics:
        sums = _sums(metric, totals)
        written = state.get(metric.name)
        if not sums:
            if written is not None:
                after[metric.name] = written
            continue
        said = _said(metric, model.monitoring.session_gap_s)
        look = look_at(experiment_of(metric, len(metrics)), sums, _past(written, said))
        looks.append(_told(metric.name, look))
        after[metric.name] = {"said": said, "past": look.past.as_json()}
    return looks, after


def experiment_of(metric: Metric, metrics: int) -> Experiment:
    """Return the experiment of one metric among so many: each may be wrong as often as leaves them all within alpha."""
    return Experiment(dict(metric.shares), metric.control, metric.alpha / metrics, metric.planned_users)


def _sums(metric: Metric, totals: Totals) -> dict[str, UserSums]:
    variants = dict(metric.shares)
    return {
        variant: sums
        for (name, variant), sums in totals.users.items()
        if name == metric.name and variant in variants and sums.users
    }


def _said(metric: Metric, gap_s: int) -> str:
    """What makes an experiment another one: looks at what is counted otherwise are no looks at this."""
    said = (metric.numerator, metric.denominator, metric.of_value, metric.control, metric.shares)
    return repr((*said, gap_s) if metric.is_of_sessions else said)


def _past(written: object, said: str) -> Past:
    match written:
        case {"said": str(before), "past": dict(past)} if before == said:
            return Past.from_json(past)
    return Past()


def _told(metric: str, look: Look) -> window_pb2.ExperimentLook:
    return window_pb2.ExperimentLook(
        metric=metric,
        is_balanced=look.balance.is_kept,
        balance_p=look.balance.p,
        comparisons=[_compared(each) for each in look.comparisons],
    )


def _compared(found: Comparison) -> window_pb2.VariantComparison:
    value, control_value = found.values or (None, None)
    fixed = found.fixed
    return window_pb2.VariantComparison(
        variant=found.variant,
        control=found.control,
        state=found.state,
        reason=found.reason,
        users=found.users,
        value=value,
        control_value=control_value,
        difference=found.difference.value if found.difference else None,
        low=found.low,
        high=found.high,
        p=found.p,
        decided_at=found.decided_at,
        fixed_low=fixed.low if fixed else None,
        fixed_high=fixed.high if fixed else None,
        planned_users=fixed.planned_users if fixed else None,
    )
