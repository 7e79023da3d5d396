"""What is said of skew where too few values were computed again: how far what the model was given is from its reference. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.models import WatchedModel

__all__ = ["DISTRIBUTION", "by_distribution", "is_sampled"]

DISTRIBUTION = "distribution"
_TESTED = (pb.DRIFT_STATE_OK, pb.DRIFT_STATE_PENDING, pb.DRIFT_STATE_FIRING)


def by_distribution(
    model: WatchedModel, sampled: Sequence[pb.SkewVerdict], features: Sequence[pb.FeatureVerdict]
) -> list[pb.SkewVerdict]:
    """Return what is said of skew, by name: of features with too few samples the word of their own verdict.

    Only in a window that has samples at all: without, nobody asks for skew. It is the coarser test: it can't tell skew from drift, nor see values that are
    permuted or late.
    """
    if not sampled:
        return []
    found = {each.feature: each for each in sampled}
    own = {each.name for each in model.schema.features}
    for each in features:
        before = found.get(each.feature)
        is_known = before is not None and before.state != pb.DRIFT_STATE_INSUFFICIENT
        if each.feature in own and each.state in _TESTED and not is_known:
            found[each.feature] = _told(each, before)
    return [found[name] for name in sorted(found)]


def is_sampled(verdict: pb.SkewVerdict) -> bool:
    """Whether it stands for itself; what is said by distribution is said of the feature already."""
    return verdict.method != DISTRIBUTION


def _told(feature: pb.FeatureVerdict, before: pb.SkewVerdict | None) -> pb.SkewVerdict:
    return pb.SkewVerdict(
        feature=feature.feature,
        state=feature.state,
        joined=before.joined if before else 0,
        mismatched=before.mismatched if before else 0,
        method=DISTRIBUTION,
        n=feature.n,
        effect=feature.effect if feature.HasField("effect") else None,
    )
