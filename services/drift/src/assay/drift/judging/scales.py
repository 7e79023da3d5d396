"""What a window says of each feature at every scale that its model is watched at: the loudest is heard. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts.monitoring import Monitoring
from assay.drift.judging.features import FeatureState, judge_features
from assay.drift.judging.totals import Totals
from assay.drift.judging.verdicts import STATE_OF
from assay.drift.references import Reference
from assay.monitoring.memory import Memory
from assay.monitoring.scales import loudness, stands

__all__ = ["Longer", "ScaleState", "judge_scales"]

_STATES = {told: state for state, told in STATE_OF.items()}
_SILENT = (pb.DRIFT_STATE_INSUFFICIENT, pb.DRIFT_STATE_LEARNING)


class Longer(NamedTuple):
    """A longer stretch that a window closes: its length, its begin, and what it came to in all."""

    scale_s: int
    start_ms: int
    totals: Totals


@dataclass(frozen=True, slots=True)
class ScaleState:
    """What a longer scale leaves to the next window: its monitors' memory, and what it said and stands until it speaks again."""

    features: FeatureState = field(default_factory=FeatureState)
    said: tuple[tuple[bytes, bool], ...] = ()
    """Verdicts as messages, and whether the feature fires since an earlier one."""


class _Said(NamedTuple):
    """A verdict, and whether its feature fires since before at that scale."""

    verdict: pb.FeatureVerdict
    fires: bool

    @property
    def loudness(self) -> int:
        return loudness(_STATES[self.verdict.state], fires=self.fires)

    @property
    def stands(self) -> bool:
        return stands(_STATES[self.verdict.state], fires=self.fires)


def judge_scales(
    monitoring: Monitoring,
    reference: Reference,
    start_ms: int,
    totals: Totals,
    longer: Sequence[Longer],
    state: FeatureState,
    states: Mapping[int, ScaleState],
    *,
    is_segment: bool = False,
) -> tuple[list[pb.FeatureVerdict], FeatureState, dict[int, ScaleState]]:
    """Return what a window says of each feature, the state after it, and that of each longer scale by its length.

    A longer scale is judged as a series of its own, in the windows that close its stretches; what it said stands in
    between. A window without features has no verdicts, and closes stretches all the same.
    """
    shortest, *others = monitoring.at_scales()
    found, state = _judged(shortest, reference, start_ms, totals, state, is_segment=is_segment)
    after: dict[int, ScaleState] = {}
    heard: list[tuple[int, Mapping[str, _Said]]] = []
    for each in others:
        before = _fitting(states.get(each.window_s), reference)
        after[each.window_s], said = _at_scale(each, reference, longer, before, is_segment=is_segment)
        heard.append((each.window_s, said))
    if not others:
        return found, state, after
    return list(_loudest(_with_fires(found, state), shortest.window_s, heard)), state, after


def _judged(
    monitoring: Monitoring,
    reference: Reference,
    start_ms: int,
    totals: Totals,
    state: FeatureState,
    *,
    is_segment: bool,
) -> tuple[list[pb.FeatureVerdict], FeatureState]:
    cells = totals.features.get(reference.id)
    if cells is None or not cells.rows:
        return [], state
    hours = totals.hours.get(reference.id)
    return judge_features(monitoring, reference, start_ms, cells, state, hours=hours, is_segment=is_segment)


def _fitting(state: ScaleState | None, reference: Reference) -> ScaleState:
    """The state of this reference; a new one where it is of another."""
    return state if state is not None and state.features.reference == reference.id else ScaleState()


def _at_scale(
    monitoring: Monitoring, reference: Reference, longer: Sequence[Longer], state: ScaleState, *, is_segment: bool
) -> tuple[ScaleState, Mapping[str, _Said]]:
    """The state of a longer scale after a window, and what it says in it, by feature."""
    said = {each.verdict.feature: each for each in _read(state.said)}
    features = state.features
    for each in longer:
        if each.scale_s != monitoring.window_s:
            continue
        found, features = _judged(monitoring, reference, each.start_ms, each.totals, features, is_segment=is_segment)
        if found:
            said = {told.verdict.feature: told for told in _with_fires(found, features)}
    kept = tuple((told.verdict.SerializeToString(), told.fires) for told in said.values() if told.stands)
    return ScaleState(features, kept), said


def _read(said: Sequence[tuple[bytes, bool]]) -> Iterator[_Said]:
    for written, fires in said:
        yield _Said(pb.FeatureVerdict.FromString(written), fires)


def _with_fires(found: Sequence[pb.FeatureVerdict], state: FeatureState) -> list[_Said]:
    """Each verdict with whether its feature fires; what it says itself tells, unless it says nothing."""
    if all(each.state not in _SILENT for each in found):
        return [_Said(each, each.state == pb.DRIFT_STATE_FIRING) for each in found]
    calm = [Memory.read(each).standings.calm for each in state.phases if each]
    fires = np.logical_or.reduce([each >= 0 for each in calm])
    return [_Said(each, bool(still)) for each, still in zip(found, fires.tolist(), strict=True)]


def _loudest(
    found: Sequence[_Said], shortest_s: int, longer: Sequence[tuple[int, Mapping[str, _Said]]]
) -> Iterator[pb.FeatureVerdict]:
    """Of each feature the verdict that is loudest, marked with the scale that gave it; the shorter of two as loud."""
    for short in found:
        loudest, of_s = short, shortest_s
        for scale_s, said in longer:
            other = said.get(short.verdict.feature)
            if other is not None and other.loudness > loudest.loudness:
                loudest, of_s = other, scale_s
        loudest.verdict.scale_s = of_s
        yield loudest.verdict
