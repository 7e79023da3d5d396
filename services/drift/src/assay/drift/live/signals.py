"""What a window watches, one by one: how it stands, how far it moved, what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.api.drift.v1.drift_pb2 import Signal, WindowKey
from assay.api.drift.v1.window_pb2 import (
    DriftState,
    ExperimentLook,
    FeatureVerdict,
    PairMoved,
    Performance,
    SkewVerdict,
    VariantComparison,
    Window,
)

__all__ = ["SEVERITIES", "has_changed", "ranked", "signals_of", "states_of", "weight"]

SEVERITIES = ("info", "warning", "critical")
OK = DriftState.DRIFT_STATE_OK
PENDING = DriftState.DRIFT_STATE_PENDING
FIRING = DriftState.DRIFT_STATE_FIRING
INSUFFICIENT = DriftState.DRIFT_STATE_INSUFFICIENT
LOUD = (PENDING, FIRING, "higher", "lower", "invalid")

COMPARED = {"undecided": OK, "higher": OK, "lower": OK, "insufficient": INSUFFICIENT, "invalid": FIRING}
"""That a variant is better is news, and nothing that is wrong; that it can't be compared is."""

States = Mapping[tuple[str, str], str | int]


def ranked(window: Window) -> list[Signal]:
    """Return the signals of a window, the worst first."""
    return sorted(signals_of(window), key=weight, reverse=True)


def weight(signal: Signal) -> tuple[bool, bool, int, float, str, str]:
    """Return what signals are ordered by: what fires, what is in doubt, how bad it is, how far it moved."""
    severity = SEVERITIES.index(signal.severity) if signal.severity in SEVERITIES else -1
    return signal.state == FIRING, signal.state == PENDING, severity, abs(signal.effect), signal.kind, signal.name


def has_changed(before: States, after: States) -> bool:
    """Whether something stands otherwise than before; of what is new, whether it is in doubt or fires."""
    return any(state != before[name] if name in before else state in LOUD for name, state in after.items()) or any(
        state in LOUD for name, state in before.items() if name not in after
    )


def states_of(window: Window) -> States:
    """Return how each signal of a window stands; a comparison by its own word."""
    found: dict[tuple[str, str], str | int] = {(each.kind, each.name): each.state for each in _parts(window)}
    for look in window.experiments:
        found |= {("experiment", f"{look.metric}: {each.variant}"): each.state for each in look.comparisons}
    return found


def signals_of(window: Window) -> Iterator[Signal]:
    """Give every signal of a window, in no order."""
    key = WindowKey(model=window.model, model_version=window.model_version, segment=window.segment)
    where = Signal(key=key, start_ms=window.start_ms, end_ms=window.end_ms)
    for signal in _parts(window):
        signal.MergeFrom(where)
        yield signal


def _parts(window: Window) -> Iterator[Signal]:
    yield from map(_feature, window.features)
    yield from map(_skew, window.skew)
    yield from map(_pair, window.pairs)
    for look in window.experiments:
        yield from (_variant(look, each) for each in look.comparisons)
    if window.HasField("performance"):
        yield _performance(window.performance)


def _feature(verdict: FeatureVerdict) -> Signal:
    found = [verdict.test] if verdict.HasField("test") else []
    found += [f"effect {verdict.effect:.3f}"] if verdict.HasField("effect") else []
    found += [f"p {verdict.p:.1e}"] if verdict.HasField("p") else []
    found += [verdict.direction] if verdict.direction else []
    return Signal(
        kind="feature",
        name=verdict.feature,
        state=verdict.state,
        severity=verdict.severity,
        effect=verdict.effect,
        words=", ".join(found) or verdict.note,
    )


def _performance(found: Performance) -> Signal:
    speaking = [each for each in found.tests if each.is_speaking]
    effect = max((each.effect for each in speaking or found.tests), key=abs, default=0.0)
    figures = [f"{name} {value:.3f}" for name, value in sorted(found.realised.items())[:3]]
    cause = [f"{found.cause} drift"] if found.cause not in ("", "none") else []
    words = ", ".join([*cause, *figures, f"{found.coverage:.0%} labelled"])
    severity = _severity(found.state, "critical" if found.cause in ("concept", "both") else "warning")
    return Signal(
        kind="performance", name="performance", state=found.state, severity=severity, effect=effect, words=words
    )


def _skew(verdict: SkewVerdict) -> Signal:
    words = f"{verdict.rate:.2%} of {verdict.joined:,} samples differ ({verdict.low:.2%} to {verdict.high:.2%})"
    return Signal(
        kind="skew",
        name=verdict.feature,
        state=verdict.state,
        severity=_severity(verdict.state, "warning"),
        effect=verdict.rate,
        words=words,
    )


def _variant(look: ExperimentLook, found: VariantComparison) -> Signal:
    state = COMPARED.get(found.state, DriftState.DRIFT_STATE_UNSPECIFIED)
    interval = f" by {found.low:.4g} to {found.high:.4g}" if found.HasField("low") and found.HasField("high") else ""
    said = f"{found.variant} is {found.state}{interval} against {found.control}"
    return Signal(
        kind="experiment",
        name=f"{look.metric}: {found.variant}",
        state=state,
        severity=_severity(state, "warning"),
        effect=found.difference,
        words=f"{said}: {found.reason}" if found.reason else said,
    )


def _pair(pair: PairMoved) -> Signal:
    return Signal(
        kind="pair",
        name=f"{pair.left} ~ {pair.right}",
        state=pair.state,
        severity=_severity(pair.state, "warning"),
        effect=pair.now - pair.before,
        words=f"correlation {pair.before:.2f} before, {pair.now:.2f} now, p {pair.p:.1e}",
    )


def _severity(state: DriftState.ValueType, severity: str) -> str:
    return severity if state == FIRING else ""
