"""Whether a model is given what it was trained on: samples of features that were computed again."""

from __future__ import annotations

from collections.abc import Mapping

from assay.api.drift.v1 import window_pb2
from assay.drift.judging.memory import CLEAR_AFTER, Memory, overlap_of
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.concept.states import Standing
from assay.monitoring.skew import SkewCounts, SkewRule, SkewVerdict
from assay.monitoring.skew import judge_skew as counted
from assay.monitoring.verdicts import chances_for

__all__ = ["judge_skew"]

SAMPLED = "sampled"


def judge_skew(
    model: WatchedModel,
    reference: Reference | None,  # noqa: ARG001 -- all that judge a window are asked alike
    totals: Totals,
    state: Mapping[str, object],
) -> tuple[list[window_pb2.SkewVerdict], dict[str, object]]:
    """Return what samples say of each feature that has some, by name, and the state after the window.

    A feature fires in the second of three windows with more mismatches than is tolerated, beyond what chance makes of it,
    or in one where that is nearly sure; three silent windows end it. A window with too few samples says nothing and leaves
    everything as it was. What chance may do is shared by the features. Wilson's bounds are told beside it; for few mismatches they are not exact.
    """
    rule, overlap = SkewRule(), overlap_of(model.monitoring)
    chances = chances_for(model.monitoring.false_raises, model.monitoring.windows_a_month, overlap)
    memories = {name: Memory.from_json(written) for name, written in state.items()}
    told = []
    for name, counts in sorted(totals.skew.items()):
        if not counts.joined:
            continue
        verdict = counted(counts, rule)
        known = memories.get(name, Memory())
        if verdict.state != "insufficient":
            spoke, sure = (_above(counts, rule, chance / len(totals.skew)) for chance in chances)
            standing = known.standing(overlap).after(spoke, sure=sure, clear_after=CLEAR_AFTER * overlap)
            memories[name] = known.after(standing, overlap, spoke=spoke)
        else:
            spoke, standing = False, Standing(firing=known.firing)
        told.append(_told(name, verdict, _state(verdict, standing, spoke=spoke)))
    return told, {name: memory.as_json() for name, memory in sorted(memories.items())}


def _above(counts: SkewCounts, rule: SkewRule, chance: float) -> bool:
    """Whether so many mismatches would be rarer than that if no more of them than is tolerated were the rule: exactly."""
    from scipy.special import bdtrc

    return bool(counts.mismatched and bdtrc(counts.mismatched - 1, counts.joined, rule.tolerated) <= chance)


def _state(verdict: SkewVerdict, standing: Standing, *, spoke: bool) -> window_pb2.DriftState.ValueType:
    if verdict.state == "insufficient":
        return window_pb2.DRIFT_STATE_INSUFFICIENT
    if standing.firing:
        return window_pb2.DRIFT_STATE_FIRING
    return window_pb2.DRIFT_STATE_PENDING if spoke else window_pb2.DRIFT_STATE_OK


def _told(feature: str, verdict: SkewVerdict, state: window_pb2.DriftState.ValueType) -> window_pb2.SkewVerdict:
    return window_pb2.SkewVerdict(
        feature=feature,
        state=state,
        joined=verdict.joined,
        mismatched=verdict.mismatched,
        rate=verdict.rate,
        low=verdict.low,
        high=verdict.high,
        median_error=verdict.median_error,
        p99_error=verdict.p99_error,
        online_missing=verdict.online_missing,
        offline_missing=verdict.offline_missing,
        stale=verdict.stale,
        method=SAMPLED,
    )
