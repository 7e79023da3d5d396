"""How good the predictions of a window were, what they will be once labels are there, and whether that has changed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from assay.api.drift.v1 import window_pb2
from assay.drift.judging.foretelling import tell_by_features
from assay.drift.judging.learning import LEAST_WINDOWS, Learning
from assay.drift.judging.memory import CLEAR_AFTER, Memory, overlap_of
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.concept import (
    ConceptRule,
    ConceptStates,
    ConceptVerdict,
    Evidence,
    Findings,
    LabelledReference,
    alike,
    figures,
    selection,
)
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.verdicts import chances_for

__all__ = ["judge_performance"]

BIASED_P, BIASED_EFFECT = 0.001, 0.01
"""From where on labelled predictions are no fair sample of all: sure, and far enough to matter."""

STATES = {
    "ok": window_pb2.DRIFT_STATE_OK,
    "pending": window_pb2.DRIFT_STATE_PENDING,
    "firing": window_pb2.DRIFT_STATE_FIRING,
    "insufficient": window_pb2.DRIFT_STATE_INSUFFICIENT,
}

OTHER_CELLS = "its labels were counted otherwise than those of the reference: nothing can be held against it"


@dataclass(frozen=True, slots=True)
class _Past:
    """What a window leaves to the next; `against` is the reference with labels that it was held to, "" without."""

    against: str
    memory: Memory
    learning: Learning

    @classmethod
    def of(cls, state: Mapping[str, object], against: str) -> _Past:
        """Read a state; with another reference than before all begins anew."""
        if state.get("against", "") != against:
            return cls(against, Memory(), Learning())
        return cls(against, Memory.from_json(state.get("memory")), Learning.from_json(state.get("learning")))

    def as_json(self) -> dict[str, object]:
        return {"against": self.against, "memory": self.memory.as_json(), "learning": self.learning.as_json()}


def judge_performance(
    model: WatchedModel, reference: Reference | None, totals: Totals, state: Mapping[str, object]
) -> tuple[window_pb2.Performance | None, dict[str, object]]:
    """Return how a window did, and the state after it; None where it has no prediction that is counted.

    Without labels in the reference, the first twenty windows that have enough show how well the model does.
    """
    labelled = reference if reference is not None and any(each.labelled for each in reference.performance) else None
    past = _Past.of(state, labelled.id if labelled else "")
    window = totals.performance
    if window is None or not window.n:
        return None, _Past(past.against, past.memory, past.learning.passed()).as_json()
    told = _counted(window)
    if labelled is not None:
        past = _held(model, _taught(labelled.performance), window, told, past)
        tell_by_features(told, labelled, totals)
        return told, past.as_json()
    if not past.learning.fits(window):
        past = _Past("", Memory(), Learning())
    learnt = past.learning.reference()
    if learnt is not None:
        return told, _held(model, learnt, window, told, past).as_json()
    return told, _learning(model, window, told, past).as_json()


@functools.lru_cache(maxsize=64)
def _taught(windows: tuple[ModelCounts, ...]) -> LabelledReference:
    """What a reference teaches; the tests of its own windows take longer than those of the window that is judged."""
    return LabelledReference.of(windows)


def _counted(window: ModelCounts) -> window_pb2.Performance:
    found = selection(window)
    return window_pb2.Performance(
        predictions=window.n,
        labelled=window.labelled,
        coverage=window.labelled / window.n,
        realised=figures(window),
        is_label_biased=found is not None and found.p <= BIASED_P and found.effect >= BIASED_EFFECT,
        cause="none",
    )


def _learning(model: WatchedModel, window: ModelCounts, told: window_pb2.Performance, past: _Past) -> _Past:
    if not _has_enough(model, window):
        told.state, told.note = window_pb2.DRIFT_STATE_INSUFFICIENT, _too_few(window)
        return _Past(past.against, past.memory, past.learning.passed())
    learning = past.learning.with_window(window, overlap_of(model.monitoring))
    told.state = window_pb2.DRIFT_STATE_LEARNING
    known = len(learning.windows) or LEAST_WINDOWS
    told.note = f"{known} of {LEAST_WINDOWS} windows with labels that show how well the model does"
    return _Past(past.against, past.memory, learning)


def _held(
    model: WatchedModel, by: LabelledReference, window: ModelCounts, told: window_pb2.Performance, past: _Past
) -> _Past:
    if not alike(by.counts, window):
        told.state, told.note = window_pb2.DRIFT_STATE_INSUFFICIENT, OTHER_CELLS
        return past
    estimated = by.estimated(window)
    told.estimated.update(estimated.figures)
    told.estimated_error.update(estimated.errors)
    overlap = overlap_of(model.monitoring)
    chances = chances_for(model.monitoring.false_raises, model.monitoring.windows_a_month, overlap)
    rule = ConceptRule(
        chances.speaks,
        chances.sure,
        least_coverage=model.monitoring.min_coverage,
        clear_after=CLEAR_AFTER * overlap,
    )
    states = ConceptStates(rule, past.memory.standing(overlap))
    verdict = states.judge(by.findings(window))
    _tell(told, verdict)
    if verdict.state == "insufficient":
        told.note = _too_few(window)
        return past
    memory = past.memory.after(states.standing, overlap, spoke=bool(verdict.speaking))
    return _Past(past.against, memory, past.learning)


def _tell(told: window_pb2.Performance, verdict: ConceptVerdict) -> None:
    told.state, told.cause = STATES[verdict.state], verdict.cause
    for name, found in _tests(verdict.findings):
        if found is not None:
            told.tests.append(
                window_pb2.ConceptTest(
                    test=name,
                    n=found.n,
                    statistic=found.statistic,
                    p=found.p,
                    effect=found.effect,
                    dispersion=found.dispersion,
                    is_speaking=name in verdict.speaking,
                )
            )


def _tests(findings: Findings) -> tuple[tuple[str, Evidence | None], ...]:
    return ("loss", findings.loss), ("foretold", findings.foretold), ("calibration", findings.calibration)


def _has_enough(model: WatchedModel, window: ModelCounts) -> bool:
    coverage = window.labelled / window.n
    return window.labelled >= ConceptRule().least_labelled and coverage >= model.monitoring.min_coverage


def _too_few(window: ModelCounts) -> str:
    return f"too few labels: {window.labelled:,} of {window.n:,} predictions have one"
