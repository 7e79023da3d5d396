"""A window as rows of the lake: one of the window, and one of everything that it says something of. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message

from assay.api.drift.v1.window_pb2 import DriftState, ExperimentLook, FeatureVerdict, Performance, Window
from assay.drift.live.signals import FIRING, PENDING, signals_of, states_of

__all__ = ["MOMENTS", "NUMBERS", "VERDICTS", "WHOLE", "WINDOWS", "Row", "verdict_rows", "window_row"]

Row = dict[str, object]

KEY = ("model", "model_version", "segment", "start", "end", "revision")
WINDOWS = (
    *KEY, "number", "rows", "reference", "judged_at", "requests", "requests_per_s", "fallbacks", "statuses", "errors",
    "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "labelled", "coverage", "performance", "cause", "firing",
    "pending",
)  # fmt: skip
VERDICTS = (
    *KEY, "kind", "name", "state", "severity", "n", "effect", "value", "low", "high", "p", "q", "test", "statistic",
    "direction", "psi", "js", "hellinger", "wasserstein", "missing", "unseen", "words", "scale_s",
)  # fmt: skip
MOMENTS = frozenset({"start", "end", "judged_at"})
WHOLE = frozenset(
    {"revision", "number", "rows", "requests", "fallbacks", "labelled", "firing", "pending", "n", "scale_s"}
)
NUMBERS = frozenset(
    {
        "requests_per_s", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "coverage", "effect", "value", "low",
        "high", "p", "q", "statistic", "psi", "js", "hellinger", "wasserstein", "missing", "unseen",
    }
)  # fmt: skip
"""Columns that are no text."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OF_FEATURE = (
    "n", "p", "q", "test", "statistic", "direction", "psi", "js", "hellinger", "wasserstein", "missing", "unseen",
    "scale_s",
)  # fmt: skip


def window_row(window: Window) -> Row:
    """Return the row of a window: whole counts, and words for how its model does."""
    states = list(states_of(window).values())
    row = _key(window) | {
        "number": window.number,
        "rows": window.rows,
        "reference": window.reference or None,
        "judged_at": _moment(window.judged_at_ms),
        "firing": states.count(FIRING),
        "pending": states.count(PENDING),
    }
    if window.HasField("operations"):
        found = window.operations
        row |= {name: getattr(found, name) for name in ("requests", "requests_per_s", "fallbacks")}
        row |= {"statuses": _json(found.statuses), "errors": _json(found.errors)}
        row |= {name: _said(found, name) for name in ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms")}
    if window.HasField("performance"):
        told = window.performance
        row |= {"labelled": told.labelled, "coverage": told.coverage, "cause": told.cause or None}
        row["performance"] = _word(told.state)
    return row


def verdict_rows(window: Window) -> Iterator[Row]:
    """Give a row for each signal of a window, with what its kind knows of it, and one for each figure of performance."""
    key, more = _key(window), _more(window)
    for signal in signals_of(window):
        row = key | {"kind": signal.kind, "name": signal.name, "state": _word(signal.state), "effect": signal.effect}
        row |= {"severity": signal.severity or None, "words": signal.words or None}
        yield row | more.get((signal.kind, signal.name), {})
    if window.HasField("performance"):
        yield from (key | row for row in _figures(window.performance))


def _key(window: Window) -> Row:
    return {
        "model": window.model,
        "model_version": window.model_version,
        "segment": window.segment,
        "start": _moment(window.start_ms),
        "end": _moment(window.end_ms),
        "revision": window.revision,
    }


def _more(window: Window) -> Mapping[tuple[str, str], Row]:
    """What is known of a signal beyond its state and effect, by kind and name."""
    found: dict[tuple[str, str], Row] = {("feature", each.feature): _of_feature(each) for each in window.features}
    for skew in window.skew:
        found["skew", skew.feature] = {"n": skew.joined, "low": skew.low, "high": skew.high}
    for pair in window.pairs:
        found["pair", f"{pair.left}~{pair.right}"] = {"n": pair.n, "p": pair.p, "q": pair.q, "value": pair.now}
    for look in window.experiments:
        found.update(_of_experiment(look))
    return found


def _of_feature(verdict: FeatureVerdict) -> Row:
    row: Row = {name: _said(verdict, name) for name in OF_FEATURE}
    return row | {"effect": _said(verdict, "effect")}


def _of_experiment(look: ExperimentLook) -> Iterator[tuple[tuple[str, str], Row]]:
    for each in look.comparisons:
        row: Row = {name: _said(each, name) for name in ("value", "low", "high")}
        yield ("experiment", f"{look.metric}: {each.variant}"), row | {"n": each.users, "p": each.p}


def _figures(found: Performance) -> Iterator[Row]:
    for name, value in sorted(found.realised.items()):
        yield {"kind": "realised", "name": name, "value": value, "n": found.labelled}
    for name, value in sorted(found.estimated.items()):
        error = found.estimated_error.get(name)
        bounds = {} if error is None else {"low": value - error, "high": value + error}
        yield {"kind": "estimated", "name": name, "value": value, "n": found.predictions, **bounds}


def _said(message: Message, name: str) -> object:
    """A field; None where it is optional and absent."""
    has_presence = message.DESCRIPTOR.fields_by_name[name].has_presence
    return None if has_presence and not message.HasField(name) else getattr(message, name)


def _word(state: DriftState.ValueType) -> str | None:
    return DriftState.Name(state).removeprefix("DRIFT_STATE_").lower() if state else None


def _moment(at_ms: int) -> datetime | None:
    """A moment; None where no calendar has it, as of a clock gone wrong."""
    try:
        return EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return None


def _json(counts: Mapping[str, int]) -> str:
    return json.dumps(dict(sorted(counts.items())), ensure_ascii=False)
