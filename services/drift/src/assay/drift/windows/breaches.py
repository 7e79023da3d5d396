"""What people are told of a window: what fires in it and did not before, and what is over. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from assay.api.alerts.v1 import alerts_pb2
from assay.api.drift.v1 import window_pb2 as pb
from assay.contracts import Contract
from assay.drift.judging.fallback import is_sampled
from assay.drift.models import WatchedModel
from assay.drift.references import LABEL, SCORE

__all__ = ["Fires", "silenced", "told"]

WARNING, CRITICAL = "warning", "critical"
_OVER = (pb.DRIFT_STATE_OK, pb.DRIFT_STATE_PENDING)


class Fires(NamedTuple):
    """Something that fires, the window in which it began, and that in which it was over; None while it fires."""

    kind: str
    name: str
    since_ms: int
    over_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Watch:
    """One thing that is watched, as a window saw it; without a state it says nothing of it."""

    kind: str
    name: str
    state: pb.DriftState.ValueType
    promised: str
    measured: str
    value: float
    cause: str = ""
    severity: str = WARNING


def told(
    firing: Mapping[str, Fires], window: pb.Window, model: WatchedModel
) -> tuple[list[alerts_pb2.Measurement], dict[str, Fires]]:
    """Return what a window makes known, and what fires after it or was over in it, by fingerprint.

    What fires is told once, and once that it is over. Insufficient, learning and pending say nothing of what does not
    fire; what fires and is not watched any more, by the reference or the contracts, is over. What was over in a window and
    fires in a revision of it is told of a later window that it fires in: who hears of it knows windows and no revisions,
    and what is published twice must change nothing.

    Args:
        firing: as it was returned for the window before.
        window: the newest of its series.
        model: whose window it is.
    """
    contract = model.predictions
    after = {name: each for name, each in firing.items() if each.over_ms in (None, window.start_ms)}
    found, seen = list[alerts_pb2.Measurement](), set[str]()
    for each in _watched(window):
        fingerprint = _fingerprint(window, each.kind, each.name)
        seen.add(fingerprint)
        if each.state == pb.DRIFT_STATE_FIRING and fingerprint not in after:
            after[fingerprint] = Fires(each.kind, each.name, window.start_ms)
            found.append(_measurement(fingerprint, each, window, contract, alerts_pb2.BREACH_STATE_FIRING))
        elif each.state in _OVER and _is_firing(after.get(fingerprint)):
            after[fingerprint] = after[fingerprint]._replace(over_ms=window.start_ms)
            found.append(_measurement(fingerprint, each, window, contract, alerts_pb2.BREACH_STATE_RESOLVED))
    for fingerprint in sorted(after.keys() - seen):
        fires = after[fingerprint]
        if _is_firing(fires) and (why := _gone(fires, window, model)):
            after[fingerprint] = fires._replace(over_ms=window.start_ms)
            gone = _Watch(fires.kind, fires.name, pb.DRIFT_STATE_OK, _promised(fires), why, 0.0)
            found.append(_measurement(fingerprint, gone, window, contract, alerts_pb2.BREACH_STATE_RESOLVED))
    return found, after


def _is_firing(fires: Fires | None) -> bool:
    return fires is not None and fires.over_ms is None


def _gone(fires: Fires, window: pb.Window, model: WatchedModel) -> str:
    """Why something that fired and that a window does not name is over; empty where it is not."""
    match fires.kind:
        case "feature":
            known = {SCORE, LABEL, *(each.name for each in model.schema.ordered)}
            goes_on = fires.name in known and not window.features  # without any it says nothing of them
        case "pair" if window.HasField("pairs_verdict"):
            return "they go together as in the reference" if window.features and window.pairs_verdict.tested else ""
        case "pair":
            goes_on = not window.features  # without any it says nothing of them
        case "experiment":
            goes_on = fires.name in {each.name for each in model.monitoring.metrics}
        case "skew":
            goes_on = "skew" in model.logs and fires.name in {each.name for each in model.schema.ordered}
        case _:
            goes_on = "labels" in model.logs
    return "" if goes_on else "it is not watched any more"


def silenced(firing: Mapping[str, Fires], last: pb.Window, contract: Contract) -> list[alerts_pb2.Measurement]:
    """Return that all which fires is over, for no prediction comes any more; `last` is the last window of the series."""
    return [
        _measurement(
            fingerprint,
            _Watch(each.kind, each.name, pb.DRIFT_STATE_OK, _promised(each), "no prediction comes any more", 0.0),
            last,
            contract,
            alerts_pb2.BREACH_STATE_RESOLVED,
        )
        for fingerprint, each in sorted(firing.items())
        if _is_firing(each)
    ]


def _promised(fires: Fires) -> str:
    if fires.kind == "pair":
        return _promise_of_pair(fires.name)
    return _promise_of(fires.name) if fires.kind == "feature" else f"{fires.kind} of {fires.name}"


def _fingerprint(window: pb.Window, kind: str, name: str) -> str:
    return f"drift/{window.model}/{window.model_version}/{window.segment}/{kind}/{name}"


def _watched(window: pb.Window) -> Iterator[_Watch]:
    for feature in window.features:
        yield _feature(feature)
    if window.HasField("performance") and window.performance.state:
        yield _performance(window.performance)
    for skew in filter(is_sampled, window.skew):
        yield _skew(skew)
    for look in window.experiments:
        yield from _experiment(look)
    for pair in window.pairs:
        name = f"{pair.left}~{pair.right}"
        measured = f"correlated by {pair.now:.2f}, and by {pair.before:.2f} in the reference"
        yield _Watch("pair", name, pair.state, _promise_of_pair(name), measured, pair.now)


def _promise_of(feature: str) -> str:
    return f"{feature} as in the reference"


def _promise_of_pair(name: str) -> str:
    return f"{name} correlated as in the reference"


def _feature(verdict: pb.FeatureVerdict) -> _Watch:
    moved = ", ".join(f"{each.bin}: {each.reference:.1%} to {each.window:.1%}" for each in verdict.moved)
    within = f" in {verdict.scale_s / 3600:g} h" if verdict.HasField("scale_s") else ""
    evidence = f"{verdict.test or 'no test'}, p {verdict.p:.1e}, {verdict.n:,} rows{within}"
    measured = f"effect {verdict.effect:.3f} ({evidence})"
    words = f"{measured}; {moved}" if moved else measured
    said = (verdict.feature, verdict.state, _promise_of(verdict.feature), words, verdict.effect)
    return _Watch("feature", *said, severity=verdict.severity or WARNING)


def _performance(performance: pb.Performance) -> _Watch:
    figures = ", ".join(f"{name} {value:.3f}" for name, value in sorted(performance.realised.items())[:6])
    measured = f"{performance.labelled:,} of {performance.predictions:,} have a label; {figures or 'no figure'}"
    speaking = [each.effect for each in performance.tests if each.is_speaking]
    cause = f"{performance.cause} drift" if performance.cause not in ("", "none") else ""
    value = max(speaking, key=abs, default=0.0)
    severity = CRITICAL if performance.cause in ("concept", "both") else WARNING
    said = (performance.state, "as good as in the reference", measured, value, cause, severity)
    return _Watch("performance", "performance", *said)


def _skew(verdict: pb.SkewVerdict) -> _Watch:
    measured = f"{verdict.mismatched:,} of {verdict.joined:,} samples differ ({verdict.rate:.2%})"
    promised = f"{verdict.feature} as it is computed again"
    return _Watch("skew", verdict.feature, verdict.state, promised, measured, verdict.rate)


def _experiment(look: pb.ExperimentLook) -> Iterator[_Watch]:
    """Variants that came in other shares than were planned; that one is better is no breach."""
    state = pb.DRIFT_STATE_OK if look.is_balanced else pb.DRIFT_STATE_FIRING
    measured = f"users came to variants otherwise than planned (p {look.balance_p:.1e})"
    words = measured if not look.is_balanced else "users come to variants as planned"
    yield _Watch("experiment", look.metric, state, "users come to variants as planned", words, look.balance_p)


def _measurement(
    fingerprint: str, watch: _Watch, window: pb.Window, contract: Contract, state: alerts_pb2.BreachState.ValueType
) -> alerts_pb2.Measurement:
    of = " ".join(part for part in (window.model, window.model_version, window.segment) if part)
    return alerts_pb2.Measurement(
        fingerprint=fingerprint,
        contract=contract.id,
        contract_version=contract.version,
        promise=f"drift/{watch.kind}/{watch.name}",
        promised=f"{of}: {watch.promised}",
        measured=watch.measured,
        value=watch.value,
        window=_words(window),
        window_start_ms=window.start_ms,
        window_end_ms=window.end_ms,
        state=state,
        kept=state == alerts_pb2.BREACH_STATE_RESOLVED,
        kind=alerts_pb2.MEASUREMENT_KIND_PROMISE,
        cause=watch.cause,
        severity=watch.severity if state == alerts_pb2.BREACH_STATE_FIRING else "",
        first_steps=[_first_step(window, watch)] if state == alerts_pb2.BREACH_STATE_FIRING else [],
    )


def _first_step(window: pb.Window, watch: _Watch) -> str:
    picture = f"assay drift picture {window.model} {watch.name}"
    return picture if watch.kind == "feature" else f"assay drift windows {window.model}"


def _words(window: pb.Window) -> str:
    return f"{_moment(window.start_ms)} to {_moment(window.end_ms)} UTC"


def _moment(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
