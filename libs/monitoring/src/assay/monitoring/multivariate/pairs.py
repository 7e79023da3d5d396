"""Which pairs of features are no longer correlated as they were, though each alone may look as ever.

The correlation of normal scores, by Fisher's transformation, against those of reference windows in order of time: their
mean and their spread, so what makes windows vary more than independent rows would (heavy tails, autocorrelation, seasons)
is in the measure. The statistic is Student's, for one new window against so many old ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.multivariate.products import PairSums

__all__ = ["LEAST_ROWS", "LEAST_WINDOWS", "PairFinding", "PairReference", "PairVerdict", "judge_pairs", "reference_of"]

LEAST_WINDOWS = 20
"""Reference windows below which their spread is no measure."""

LEAST_ROWS = 100
"""Rows with both features below which a pair of a window has no say."""
_NEAREST_TO_ONE = 1 - 1e-6
_FIELDS = ("mean", "variance", "windows", "rows")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairReference:
    """How the pairs of features were correlated over reference windows, after Fisher's transformation.

    `variance` is that of a window of one row: divided by a window's rows, it is that of the window. `windows` and
    `rows` count those behind each pair.
    """

    names: tuple[str, ...]
    mean: Floats
    variance: Floats
    windows: NDArray[np.int64]
    rows: NDArray[np.int64]

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object; null is what is not known."""
        tables = {name: _without_nan(getattr(self, name).tolist()) for name in _FIELDS}
        return {"names": list(self.names), **tables}

    @classmethod
    def from_json(cls, written: Mapping[str, Sequence[object]]) -> PairReference:
        """Read what `as_json` wrote.

        Raises:
            ValueError: it is no such object.
        """
        if set(written) != {"names", *_FIELDS}:
            raise ValueError(f"a reference of pairs has exactly the keys names, {', '.join(_FIELDS)}")
        names = tuple(map(str, written["names"]))
        mean, variance, windows, rows = (np.array(written[name], dtype=np.float64) for name in _FIELDS)
        if {each.shape for each in (mean, variance, windows, rows)} != {(len(names), len(names))}:
            raise ValueError("a reference of pairs has tables of features x features")
        return cls(names, mean, variance, windows.astype(np.int64), rows.astype(np.int64))


@dataclass(frozen=True, slots=True)
class PairFinding:
    """One pair with its evidence; `effect` is the correlation now less that of the reference."""

    left: str
    right: str
    n: int
    before: float
    now: float
    effect: float
    statistic: float
    p: float
    q: float
    moved: bool


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What the pairs of one window say; `findings` has those that moved first, then by p."""

    state: Literal["ok", "firing", "insufficient", "learning"]
    q: float
    floor: float
    pairs: int
    findings: tuple[PairFinding, ...]


def reference_of(names: Sequence[str], windows: Sequence[PairSums]) -> PairReference:
    """Return the reference of windows that stood in order of time, of a size like that of the windows to judge.

    Raises:
        ValueError: there is no window, or one has another number of features.
    """
    size = len(names)
    if not windows or any(each.rows.shape != (size, size) for each in windows):
        raise ValueError(f"a reference takes windows of all its {size} features")
    with np.errstate(invalid="ignore"):
        found = np.stack([np.where(each.rows >= LEAST_ROWS, _fisher(each.correlations()), np.nan) for each in windows])
    known = ~np.isnan(found)
    count = known.sum(axis=0)
    rows = np.stack([each.rows for each in windows]) * known
    total = rows.sum(axis=0)
    mean = np.where(count > 0, (rows * np.where(known, found, 0.0)).sum(axis=0) / np.maximum(total, 1), np.nan)
    apart = (rows * np.square(np.where(known, found - mean, 0.0))).sum(axis=0)
    variance = np.where(count > 1, apart / np.maximum(count - 1, 1), np.nan)
    return PairReference(tuple(names), mean, variance, count, total)


def judge_pairs(reference: PairReference, window: PairSums, q: float = 0.01, floor: float = 0.1) -> PairVerdict:
    """Hold the pairs of a window to the reference.

    A pair moved when its q among all pairs of the window (Benjamini-Hochberg) is at most `q`, and its correlation
    differs by `floor` at least. Without any drift a window fires with a probability of at most `q`, about.

    Raises:
        ValueError: the window is of other features.
    """
    from scipy.stats import false_discovery_control

    if window.rows.shape != reference.mean.shape:
        raise ValueError("the window is of other features than the reference")
    chosen = _chosen(reference, window)
    if not len(chosen):
        is_learning = not (reference.windows[np.triu_indices(len(reference.names), 1)] >= LEAST_WINDOWS).any()
        return PairVerdict("learning" if is_learning else "insufficient", q, floor, 0, ())
    statistics, ps = _tested(reference, window, chosen)
    qs = false_discovery_control(ps)
    now, before = window.correlations(), np.tanh(reference.mean)
    found = []
    for (i, j), statistic, p, adjusted in zip(
        chosen.tolist(), statistics.tolist(), ps.tolist(), qs.tolist(), strict=True
    ):
        effect = float(now[i, j] - before[i, j])
        moved = adjusted <= q and abs(effect) >= floor
        values = float(before[i, j]), float(now[i, j]), effect, statistic, p, adjusted, moved
        found.append(PairFinding(reference.names[i], reference.names[j], int(window.rows[i, j]), *values))
    found.sort(key=lambda each: (not each.moved, each.p))
    return PairVerdict("firing" if found[0].moved else "ok", q, floor, len(found), tuple(found))


def _without_nan(table: list[list[float]]) -> list[list[float | None]]:
    return [[None if each != each else each for each in row] for row in table]


def _fisher(correlations: Floats) -> Floats:
    return np.arctanh(np.clip(correlations, -_NEAREST_TO_ONE, _NEAREST_TO_ONE))


def _chosen(reference: PairReference, window: PairSums) -> NDArray[np.int64]:
    """Return the pairs that something can be said of, one a row."""
    known = (reference.windows >= LEAST_WINDOWS) & (window.rows >= LEAST_ROWS) & ~np.isnan(window.correlations())
    return np.argwhere(np.triu(known, 1))


def _tested(reference: PairReference, window: PairSums, chosen: NDArray[np.int64]) -> tuple[Floats, Floats]:
    from scipy.special import stdtr

    i, j = chosen.T
    windows = reference.windows[i, j]
    # Never less than what independent normal rows have: a spread of 0 is of too few bins, not of certainty.
    variance = np.maximum(reference.variance[i, j], 1.0) * (1 / window.rows[i, j] + 1 / reference.rows[i, j])
    statistics = (_fisher(window.correlations())[i, j] - reference.mean[i, j]) / np.sqrt(variance)
    return statistics, 2 * stdtr(windows - 1, -np.abs(statistics))
