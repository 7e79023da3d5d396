"""Windows for tests of what is read live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from assay.api.drift.v1.window_pb2 import (
    DriftState,
    FeatureVerdict,
    MovedBin,
    Operations,
    Performance,
    SkewVerdict,
    Window,
)

__all__ = ["FIRING", "HOUR_MS", "OK", "PENDING", "START_MS", "feature", "window", "windows"]

START_MS = 1_795_694_400_000  # 2026-11-26 12:00 UTC
HOUR_MS = 3_600_000
OK, PENDING, FIRING = DriftState.DRIFT_STATE_OK, DriftState.DRIFT_STATE_PENDING, DriftState.DRIFT_STATE_FIRING


def feature(
    name: str, state: DriftState.ValueType = OK, effect: float = 0.0, severity: str = "", **more: float
) -> FeatureVerdict:
    """What a window says of a feature that was tested."""
    verdict = FeatureVerdict(feature=name, state=state, n=1_000, test="chi2", effect=effect, p=0.5, floor=0.01, **more)  # type: ignore[arg-type]  # numbers of the verdict
    if severity:
        verdict.severity = severity
        verdict.direction = "up"
        verdict.moved.append(MovedBin(bin="[1, 2)", reference=0.1, window=0.3))
    return verdict


def window(
    number: int = 0,
    model: str = "delays",
    version: str = "1",
    segment: str = "",
    *,
    features: Sequence[FeatureVerdict] = (),
    skew: Sequence[SkewVerdict] = (),
    revision: int = 1,
    is_complete: bool = True,
    rows: int = 1_000,
    statuses: Mapping[str, int] | None = None,
    performance: Performance | None = None,
) -> Window:
    """A window of an hour, so many hours after the first."""
    return Window(
        model=model,
        model_version=version,
        segment=segment,
        start_ms=START_MS + number * HOUR_MS,
        end_ms=START_MS + (number + 1) * HOUR_MS,
        revision=revision,
        is_complete=is_complete,
        rows=rows,
        features=features,
        skew=skew,
        operations=Operations(requests=rows, statuses=statuses or {"ok": rows}),
        performance=performance,
        judged_at_ms=START_MS + number,
        number=number,
        reference="r",
    )


def windows(last: int = 30) -> st.SearchStrategy[Window]:
    """Windows of a few series, complete and not, in revisions."""
    names = st.lists(st.sampled_from("abcdef"), unique=True)
    return st.builds(
        lambda number, version, segment, held, revision, is_complete, rows: window(
            number,
            version=version,
            segment=segment,
            features=[feature(name) for name in held],
            skew=[SkewVerdict(feature=name, rate=0.5) for name in held[:2]],
            revision=revision,
            is_complete=is_complete,
            rows=rows,
        ),
        st.integers(0, last),
        st.sampled_from(["1", "2"]),
        st.sampled_from(["", "country=SE"]),
        names,
        st.integers(1, 3),
        st.booleans(),
        st.integers(0, 3),
    )
