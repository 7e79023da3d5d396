"""What a window watches, one by one: how it stands, how far it moved, what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from assay.api.drift.v1.drift_pb2 import Signal, WindowKey
from assay.api.drift.v1.window_pb2 import (
    DriftState,
    FeatureVerdict,
    PairMoved,
    Performance,
    SkewVerdict,
    VariantComparison,
    Window,
)
from assay.drift.judging.fallback import is_sampled

__all__ = [
    "FIRING",
    "PENDING",
    "SEVERITIES",
    "Mark",
    "has_changed",
    "ranked",
    "signals_of",
    "states_of",
    "told",
    "weight",
]

SEVERITIES = ("info", "warning", "critical")
OK = DriftState.DRIFT_STATE_OK
PENDING = DriftState.DRIFT_STATE_PENDING
FIRING = DriftState.DRIFT_STATE_FIRING
INSUFFICIENT = DriftState.DRIFT_STATE_INSUFFICIENT
LOUD = (PENDING, FIRING, "higher", "lower", "invalid")

COMPARED = {"undecided": OK, "higher": OK, "lower": OK, "insufficient": INSUFFICIENT, "invalid": FIRING}
"""That a variant is better is news, and nothing that is wrong; that it can't be compared is."""

States = Mapping[tuple[str, str], str | int]


Verdict = FeatureVerdict | Performance | SkewVerdict | VariantComparison | PairMoved


class Mark(NamedTuple):
    """A signal as it is ordered and counted: its words are found when somebody wants to read them."""

    kind: str
    name: str
    state: DriftState.ValueType
    severity: str
    effect: float
    verdict: Verdict
    window: Window


def ranked(window: Window) -> list[Mark]:
    """Return what a window watches, the worst first."""
    return sorted(_marks(window), key=weight, reverse=True)


def weight(mark: Mark) -> tuple[bool, bool, int, float, str, str]:
    """Return what marks are ordered by: what fires, what is in doubt, how bad it is, how far it moved."""
    severity = SEVERITIES.index(mark.severity) if mark.severity in SEVERITIES else -1
    return mark.state == FIRING, mark.state == PENDING, severity, abs(mark.effect), mark.kind, mark.name


def told(mark: Mark) -> Signal:
    """Return the message of a mark, with what was found in words."""
    window = mark.window
    return Signal(
        key=WindowKey(model=window.model, model_version=window.model_version, segment=window.segment),
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        kind=mark.kind,
        name=mark.name,
        state=mark.state,
        severity=mark.severity,
        effect=mark.effect,
        words=_words(mark.verdict),
    )


def has_changed(before: States, after: States) -> bool:
    """Whether something stands otherwise than before; of what is new, whether it is in doubt or fires."""
    return any(state != before[name] if name in before else state in LOUD for name, state in after.items()) or any(
        state in LOUD for name, state in before.items() if name not in after
    )


def states_of(window: Window) -> States:
    """Return how each signal of a window stands; a comparison by its own word."""
    return {
        (mark.kind, mark.name): mark.verdict.state if isinstance(mark.verdict, VariantComparison) else mark.state
        for mark in _marks(window)
    }


def signals_of(window: Window) -> Iterator[Signal]:
    """Give every signal of a window, in no order."""
    return map(told, _marks(window))


def _marks(window: Window) -> Iterator[Mark]:
    for each in window.features:
        yield Mark("feature", each.feature, each.state, each.severity, each.effect, each, window)
    for skew in filter(is_sampled, window.skew):
        yield Mark("skew", skew.feature, skew.state, _severity(skew.state, "warning"), skew.rate, skew, window)
    for pair in window.pairs:
        name, effect = f"{pair.left}~{pair.right}", pair.now - pair.before
        yield Mark("pair", name, pair.state, _severity(pair.state, "warning"), effect, pair, window)
    for look in window.experiments:
        for found in look.comparisons:
            state = COMPARED.get(found.state, DriftState.DRIFT_STATE_UNSPECIFIED)
            name = f"{look.metric}: {found.variant}"
            yield Mark("experiment", name, state, _severity(state, "warning"), found.difference, found, window)
    if window.HasField("performance"):
        yield _performance(window.performance, window)


def _performance(found: Performance, window: Window) -> Mark:
    speaking = [each for each in found.tests if each.is_speaking]
    effect = max((each.effect for each in speaking or found.tests), key=abs, default=0.0)
    severity = _severity(found.state, "critical" if found.cause in ("concept", "both") else "warning")
    return Mark("performance", "performance", found.state, severity, effect, found, window)


def _severity(state: DriftState.ValueType, severity: str) -> str:
    return severity if state == FIRING else ""


def _words(found: Verdict) -> str:
    match found:
        case FeatureVerdict():
            return _of_feature(found)
        case Performance():
            return _of_performance(found)
        case SkewVerdict():
            bounds = f"({found.low:.2%} to {found.high:.2%})"
            return f"{found.rate:.2%} of {found.joined:,} samples differ {bounds}"
        case VariantComparison():
            return _of_variant(found)
        case PairMoved():
            return f"correlation {found.before:.2f} before, {found.now:.2f} now, p {found.p:.1e}"


def _of_feature(verdict: FeatureVerdict) -> str:
    found = [verdict.test] if verdict.HasField("test") else []
    found += [f"effect {verdict.effect:.3f}"] if verdict.HasField("effect") else []
    found += [f"p {verdict.p:.1e}"] if verdict.HasField("p") else []
    found += [verdict.direction] if verdict.direction else []
    found += [f"in {verdict.scale_s / 3600:g} h"] if found and verdict.HasField("scale_s") else []
    return ", ".join(found) or verdict.note


def _of_performance(found: Performance) -> str:
    figures = [f"{name} {value:.3f}" for name, value in sorted(found.realised.items())[:3]]
    cause = [f"{found.cause} drift"] if found.cause not in ("", "none") else []
    return ", ".join([*cause, *figures, f"{found.coverage:.0%} labelled"])


def _of_variant(found: VariantComparison) -> str:
    interval = f" by {found.low:.4g} to {found.high:.4g}" if found.HasField("low") and found.HasField("high") else ""
    said = f"{found.variant} is {found.state}{interval} against {found.control}"
    return f"{said}: {found.reason}" if found.reason else said
