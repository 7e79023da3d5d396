"""How a model is watched: windows that can be cut, labels that can be rebuilt, segments and metrics that can be told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from assay.contracts.checks.parts import custom_at, repeated
from assay.contracts.document import Document, Pointer
from assay.contracts.errors import Finding
from assay.contracts.monitoring import LENGTH, SEGMENTS, SESSIONS, Monitoring
from assay.contracts.operations import read_monitoring
from assay.contracts.vocabulary import duration_h
from assay.contracts.words import did_you_mean

__all__ = ["NAME", "check_monitoring", "unknown_segments"]

NAME = "assay.monitoring"
_MONTH_S = 31 * 24 * 3600
_DAY_S = 24 * 3600
_MOST_PANES, _SHORTEST_PANE_S = 1_500, 10
_PREDICTIONS = "predictions"


def check_monitoring(document: Document) -> Iterator[Finding]:
    """What `assay.monitoring` asks for can be done; so can what is usual, of predictions that say nothing of it."""
    said, at = custom_at(document, NAME)
    model, model_at = custom_at(document, "assay.model")
    is_of_predictions = (model or {}).get("role") == _PREDICTIONS
    if said is None:
        if is_of_predictions:
            yield from _kept(document, Monitoring(), custom_at(document, "assay.topics")[1] or model_at)
        return
    if not is_of_predictions:
        message = "a model is watched by its contract of predictions, the one with `role: predictions` in assay.model"
        yield document.finding(at, f"{message}; say it there")
        return
    monitoring = read_monitoring(said)
    yield from _windows(document, monitoring, at)
    yield from _scales(document, monitoring, at)
    yield from _patience(document, monitoring, at)
    if "sessionGap" in said:
        yield from _gap(document, monitoring, (*at, "sessionGap"))
    if "features" in model:
        yield from unknown_segments(document, model["features"])
    if "rankingCutoff" in said and model.get("kind") != "ranking":
        message = f"only lists have first places, and the model is {model.get('kind', 'of no kind')}; leave it out"
        yield document.finding((*at, "rankingCutoff"), message)
    listed = said.get("metrics", [])
    for place, name in repeated(listed, "name"):
        yield document.finding((*at, "metrics", place, "name"), f"the metric {name!r} is here twice; keep one")
    for place, metric in enumerate(listed):
        yield from _metric(document, metric, (*at, "metrics", place))


def unknown_segments(document: Document, features: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    """Segments are what predictions say of themselves, or features that are text and may be read by anyone."""
    said, at = custom_at(document, NAME)
    known = {each["name"]: each for each in features}
    for place, name in enumerate((said or {}).get("segments", [])):
        if name in SEGMENTS:
            continue
        here = (*at, "segments", place)
        feature = known.get(name)
        if feature is None:
            texts = [each["name"] for each in known.values() if each["type"] == "string"]
            hint = did_you_mean(name, [*SEGMENTS, *texts]) or f"; use {', '.join(SEGMENTS)}, or a feature that is text"
            yield document.finding(here, f"there is no segment {name!r}{hint}")
        elif feature["type"] != "string":
            message = f"the feature {name!r} is of type {feature['type']}; segments are told apart by text"
            yield document.finding(here, f"{message}, so add a feature with a word for each range")
        elif feature.get("classification", "").lower() not in ("", "public"):
            message = f"{name!r} is {feature['classification']}, and the values of segments are shown; take it out"
            yield document.finding(here, message)


def _windows(document: Document, monitoring: Monitoring, at: Pointer) -> Iterator[Finding]:
    window_s, hop_s = monitoring.window_s, monitoring.hop_s
    if not 60 <= window_s <= _MONTH_S:
        yield document.finding((*at, "window"), "a window is PT1M long at least, and P31D at most")
    if hop_s > window_s or window_s % hop_s:
        message = "windows begin every hop and are whole hops long; write a hop that the window is a multiple of"
        yield document.finding((*at, "hop"), message)
    elif monitoring.pane_s < _SHORTEST_PANE_S:
        message = f"windows would be summed of stretches of {monitoring.pane_s} s; write multiples of 10 s"
        yield document.finding((*at, "window"), message)
    elif (panes := window_s // monitoring.pane_s) > _MOST_PANES:
        message = f"a window is the sum of stretches of {monitoring.pane_s} s, {panes:,} here and "
        yield document.finding((*at, "hop"), f"{message}{_MOST_PANES:,} at most; write a hop of whole hours")


def _scales(document: Document, monitoring: Monitoring, at: Pointer) -> Iterator[Finding]:
    """Longer windows hold whole ones of the scale before, and are sums of stretches as windows are."""
    before_s = monitoring.window_s
    for place, scale_s in enumerate(monitoring.scales_s):
        here = (*at, "scales", place)
        panes = scale_s // max(monitoring.pane_s, 1)
        if scale_s <= before_s or scale_s % before_s:
            before = "window" if place == 0 else "scale"
            yield document.finding(
                here, f"a scale is a multiple of the {before} before it; write one that is, as twice as long"
            )
        elif scale_s > _MONTH_S:
            yield document.finding(here, "a scale is P31D long at most")
        elif panes > _MOST_PANES:
            message = (
                f"a scale is the sum of stretches of {monitoring.pane_s} s, {panes:,} here and {_MOST_PANES:,} at most"
            )
            yield document.finding(here, f"{message}; write a shorter one, or a window and a hop of whole hours")
        before_s = scale_s


def _kept(document: Document, monitoring: Monitoring, at: Pointer) -> Iterator[Finding]:
    """What is joined is built again from the validated logs, and so is kept as long as anything may belong to it."""
    topics, _ = custom_at(document, "assay.topics")
    kept = (topics or {}).get("retention", {}).get("validated", "P7D")
    if monitoring.reach_s > duration_h(kept) * 3600:
        message = (
            f"horizon and lateness together ({monitoring.reach_s / 86400:g} days) are longer than validated records are "
            f"kept ({kept}), so that labels could not be joined again; shorten the horizon, or raise retention.validated"
        )
        yield document.finding(at, message)


def _patience(document: Document, monitoring: Monitoring, at: Pointer) -> Iterator[Finding]:
    yield from _kept(document, monitoring, (*at, "horizon"))
    if monitoring.lateness_s > monitoring.horizon_s:
        message = "predictions that are later than the horizon are forgotten already; shorten the lateness"
        yield document.finding((*at, "lateness"), message)


def _metric(document: Document, said: dict[str, Any], at: Pointer) -> Iterator[Finding]:
    shares: dict[str, float] = said["shares"]
    whole = math.fsum(shares.values())
    if abs(whole - 1) > 1e-6:
        yield document.finding((*at, "shares"), f"the shares of variants add up to {whole:g}; make it 1")
    if said["control"] not in shares:
        message = (
            f"the control {said['control']!r} has no share{did_you_mean(said['control'], shares) or '; give it one'}"
        )
        yield document.finding((*at, "control"), message)
    above, below = said["numerator"], said.get("denominator", "users")
    if said.get("ofValue") and not above.startswith("outcome:"):
        what = "actions have" if above.startswith("action:") else f"{above} has"
        yield document.finding((*at, "ofValue"), f"{what} no value; count outcomes, or leave ofValue out")
    if above == below:
        message = "a metric of something over itself is always 1; name another denominator"
        yield document.finding((*at, "denominator"), message)
    elif above in (SESSIONS, LENGTH) and below not in ("users", SESSIONS):
        message = f"{above} is told by user{'' if above == SESSIONS else ', or by session'}, not over {below}"
        yield document.finding((*at, "denominator"), f"{message}; write `users`, or leave the denominator out")


def _gap(document: Document, monitoring: Monitoring, at: Pointer) -> Iterator[Finding]:
    if monitoring.session_gap_s > _DAY_S:
        yield document.finding(at, "a session ends after a day without activity at the latest; write P1D or less")
    if not monitoring.session_metrics:
        message = "no metric asks for sessions; let one have the denominator `sessions`, or leave sessionGap out"
        yield document.finding(at, message)
