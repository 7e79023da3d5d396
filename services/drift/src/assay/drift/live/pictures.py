"""Pictures of one feature of a window: reference against window, and the trend of its effect. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from assay.api.drift.v1.window_pb2 import DriftState, FeatureVerdict, Window
from assay.contracts.words import did_you_mean
from assay.drift.errors import FeatureUnknownError, NotTestedError
from assay.monitoring.pictures import Bar, Point, distribution, trend
from assay.monitoring.profiles import Cells, Profile
from assay.monitoring.profiles.folding import folding

__all__ = ["distribution_of", "stretch_of", "trend_of", "verdict_of"]

UNTESTED = (DriftState.DRIFT_STATE_INSUFFICIENT, DriftState.DRIFT_STATE_LEARNING, DriftState.DRIFT_STATE_UNSPECIFIED)


def verdict_of(window: Window, feature: str) -> FeatureVerdict:
    """Return what a window says of a feature.

    Raises:
        FeatureUnknownError: it has no such feature.
    """
    found = next((each for each in window.features if each.feature == feature), None)
    if found is None:
        raise FeatureUnknownError(feature, did_you_mean(feature[:80], [each.feature for each in window.features]))
    return found


def stretch_of(window: Window, feature: str) -> tuple[int, int]:
    """Return begin and end of what the verdict on a feature is of: the window, or the longer stretch that ended last.

    Raises:
        FeatureUnknownError: it has no such feature.
    """
    scale_ms = 1_000 * verdict_of(window, feature).scale_s
    if scale_ms <= window.end_ms - window.start_ms:
        return window.start_ms, window.end_ms
    end_ms = window.end_ms // scale_ms * scale_ms
    return end_ms - scale_ms, end_ms


def distribution_of(window: Window, feature: str, profile: Profile, cells: Cells | None) -> str:
    """Draw a feature in the reference against the window; of counts that are gone, the bins that moved.

    Raises:
        FeatureUnknownError: the window or the reference has no such feature.
        NotTestedError: nothing was tested, or nothing of it is kept.
    """
    verdict = verdict_of(window, feature)
    if verdict.state in UNTESTED:
        raise NotTestedError(feature, verdict.note or "it was not tested")
    if feature not in profile.names:
        raise FeatureUnknownError(feature, did_you_mean(feature[:80], profile.names))
    line = profile.names.index(feature)
    if cells is not None:
        bars = list(_bars(profile, line, cells, verdict))
    elif verdict.moved:
        bars = _moved(verdict, int(profile.cells.values[line].sum()))
    else:
        raise NotTestedError(feature, "none of its bins moved, and the counts of the window are kept no more")
    span = _span(*stretch_of(window, feature))
    return distribution(feature, bars, f"{span}, {verdict.n:,} rows: {_found(verdict)}")


def trend_of(windows: Sequence[Window], feature: str) -> str:
    """Draw the effect of a feature over windows, oldest first.

    Raises:
        FeatureUnknownError: the last of them has no such feature.
        NotTestedError: it was tested in none of them.
    """
    last = verdict_of(windows[-1], feature)
    found = [(window, each) for window in windows for each in window.features if each.feature == feature]
    if all(verdict.state in UNTESTED for _, verdict in found):
        raise NotTestedError(feature, last.note or "it was tested in no window")
    points = [Point(_moment(window.end_ms), _effect(each), _word(each)) for window, each in found]
    floor = next((each.floor for _, each in reversed(found) if each.HasField("floor")), None)
    return trend(feature, points, floor, f"{_span(windows[-1].start_ms, windows[-1].end_ms)}: {_found(last)}")


def _bars(profile: Profile, line: int, cells: Cells, verdict: FeatureVerdict) -> Iterator[Bar]:
    """The bins as they were tested: folded where the window is too small for all of them."""
    bins, moved = profile.bins[line], {each.bin for each in verdict.moved}
    whole = Cells(profile.cells.rows, profile.cells.counts[line : line + 1])
    fold = folding((bins,), whole, max(int(verdict.n), 1))
    before, after = fold.of(whole).values[0], fold.of(Cells(cells.rows, cells.counts[line : line + 1])).values[0]
    places = fold.places[0][: bins.size]
    for place in (int(each) for each in np.unique(places) if each < fold.width):
        numbers = np.flatnonzero(places == place)
        name = bins.span(int(numbers[0]), int(numbers[-1]))
        yield Bar(name, int(before[place]), int(after[place]), name in moved, _label(name))


def _moved(verdict: FeatureVerdict, reference: int) -> list[Bar]:
    bars = [
        Bar(each.bin, round(each.reference * reference), round(each.window * verdict.n), True, _label(each.bin))
        for each in verdict.moved
    ]
    rest = reference - sum(bar.reference for bar in bars), verdict.n - sum(bar.window for bar in bars)
    return [*bars, Bar("all others", max(rest[0], 0), max(rest[1], 0))]


def _label(name: str) -> str:
    """An interval is named by its upper end below its bar."""
    interval = re.fullmatch(r"\[.+, (.+)\)", name)
    return f"< {interval.group(1)}" if interval else name


def _found(verdict: FeatureVerdict) -> str:
    effect = f", effect {verdict.effect:.3f}" if verdict.HasField("effect") else ""
    chance = f", p {verdict.p:.1e}" if verdict.HasField("p") else ""
    return f"{verdict.severity or _word(verdict)}{effect}{chance}"


def _effect(verdict: FeatureVerdict) -> float | None:
    return verdict.effect if verdict.HasField("effect") else None


def _word(verdict: FeatureVerdict) -> str:
    return DriftState.Name(verdict.state).removeprefix("DRIFT_STATE_").lower()


def _span(start_ms: int, end_ms: int) -> str:
    return f"{_moment(start_ms)} to {_moment(end_ms)} UTC"


def _moment(at_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at_ms / 1_000, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"
