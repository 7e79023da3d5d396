"""A window judged: what its totals say of each feature, of labels, of skew and of experiments. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec

from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.judging.experiments import judge_experiments
from assay.drift.judging.fallback import by_distribution
from assay.drift.judging.features import FeatureState
from assay.drift.judging.pairs import Paired, judge_pairs
from assay.drift.judging.performance import judge_performance
from assay.drift.judging.scales import Longer, ScaleState, judge_scales
from assay.drift.judging.sessions import told_sessions
from assay.drift.judging.skew import judge_skew
from assay.drift.judging.totals import Totals
from assay.drift.judging.watched import still_watched
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.operations import OperationCounts

__all__ = ["Stretch", "counted", "judge"]

Said = dict[str, object]


class Stretch(NamedTuple):
    """A window of event time, [start, end), and its place among those of its series that were judged, from 0."""

    start_ms: int
    end_ms: int
    number: int


@dataclass(frozen=True, slots=True)
class _State:
    """What windows leave to the next, section by section."""

    features: FeatureState = field(default_factory=FeatureState)
    performance: Said = field(default_factory=dict)
    skew: Said = field(default_factory=dict)
    experiments: Said = field(default_factory=dict)
    scales: dict[int, ScaleState] = field(default_factory=dict)
    pairs: Said = field(default_factory=dict)


def judge(
    model: WatchedModel,
    reference: Reference | None,
    stretch: Stretch,
    totals: Totals,
    state: bytes,
    *,
    is_segment: bool = False,
    longer: Sequence[Longer] = (),
) -> tuple[pb.Window, bytes]:
    """Return what a window says, and the state after it; windows of a series are judged in their order.

    The message lacks what this does not know: version, segment, revision, and when it was judged. Sections of which the
    totals have nothing are absent, and leave the state of theirs as it was.

    Args:
        model: it says how it is watched.
        reference: what the version is held to; None for nothing.
        stretch: the window.
        totals: what its predictions came to.
        state: as it was returned for the window before; empty before the first.
        is_segment: it is not as all predictions are, so what it is held to is its own first twenty windows.
        longer: the longer stretches that the window closes.
    """
    before = msgspec.msgpack.decode(state, type=_State) if state else _State()
    features, features_after, scales_after = list[pb.FeatureVerdict](), before.features, before.scales
    if reference is not None:
        held, of_held, longer = still_watched(model, reference, totals, longer)
        features, features_after, scales_after = judge_scales(
            model.monitoring,
            held,
            stretch.start_ms,
            of_held,
            longer,
            features_after,
            scales_after,
            is_segment=is_segment,
        )
    if reference is not None and is_segment:
        reference = replace(reference, performance=())
    performance, performance_after = judge_performance(model, reference, totals, before.performance)
    skew, skew_after = judge_skew(model, reference, totals, before.skew)
    experiments, experiments_after = judge_experiments(model, reference, totals, before.experiments)
    window = counted(model, stretch, totals)
    window.is_complete = True
    window.reference = reference.id if reference else ""
    window.features.extend(features)
    if performance is not None:
        window.performance.CopyFrom(performance)
    window.skew.extend(skew if is_segment else by_distribution(model, skew, features))
    window.experiments.extend(experiments)
    paired, pairs_after = (
        (Paired(), {}) if is_segment else judge_pairs(model, reference, stretch[:2], totals, before.pairs)
    )
    if paired.verdict is not None:
        window.pairs_verdict.CopyFrom(paired.verdict)
        window.pairs.extend(paired.pairs)
    if sessions := told_sessions(totals.sessions):
        window.sessions.CopyFrom(sessions)
    after = _State(features_after, performance_after, skew_after, experiments_after, scales_after, pairs_after)
    return window, msgspec.msgpack.encode(after)


def counted(model: WatchedModel, stretch: Stretch, totals: Totals) -> pb.Window:
    """Return a window that nothing is said of yet, with its counts."""
    requests = totals.operations.requests
    seen = [each.rows for each in totals.features.values()]
    labelled = totals.performance.n if totals.performance else 0
    window = pb.Window(
        model=model.name,
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        number=stretch.number,
        rows=requests or max(labelled, *seen, 0),
    )
    if requests:
        window.operations.CopyFrom(_operations(totals.operations, stretch.end_ms - stretch.start_ms))
    return window


def _operations(counts: OperationCounts, size_ms: int) -> pb.Operations:
    return pb.Operations(
        requests=counts.requests,
        requests_per_s=counts.requests / (size_ms / 1000),
        statuses=_known(counts.statuses),
        errors=_known(counts.errors),
        fallbacks=counts.fallbacks,
        latency_p50_ms=counts.latency_ms(0.5),
        latency_p95_ms=counts.latency_ms(0.95),
        latency_p99_ms=counts.latency_ms(0.99),
    )


def _known(counts: Mapping[str, int]) -> Mapping[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}
