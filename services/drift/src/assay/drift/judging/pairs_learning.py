"""How features go together, learnt from the first windows where no reference tells it window by window."""

from __future__ import annotations

import base64
import functools
import zlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.errors import MonitoringError
from assay.monitoring.multivariate import PairReference, PairSums, reference_of
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS

__all__ = ["PairsLearning", "can_teach"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairsLearning:
    """What windows have taught so far; once they are `LEAST_WINDOWS`, it stays as it is.

    The sums are of each pair: windows, rows, and over windows rows times their correlation (after Fisher's transformation),
    once and squared. So much follows from them that no window needs to be kept.
    """

    windows: int = 0
    until_ms: int = 0
    """Where the last window that taught something ended: one that overlaps it teaches nothing."""
    sums: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it is known how features go together."""
        return self.windows >= LEAST_WINDOWS

    def with_window(self, names: tuple[str, ...], window: PairSums, start_ms: int, end_ms: int) -> Self:
        """Return it after one more window; the same after one that overlaps the last."""
        if self.is_done or (self.windows and start_ms < self.until_ms):
            return self
        one = reference_of(names, [window])
        upper = np.triu_indices(len(names), 1)
        rows = np.where(one.windows > 0, one.rows, 0)[upper].astype(np.float64)
        fisher = np.nan_to_num(one.mean[upper])
        more = np.stack([one.windows[upper].astype(np.float64), rows, rows * fisher, rows * fisher * fisher])
        before = _read(self.sums) if self.sums else np.zeros_like(more)
        return type(self)(self.windows + 1, end_ms, _written(before + more))

    def reference(self, names: tuple[str, ...]) -> PairReference:
        """Return what was learnt, as `reference_of` the windows has it."""
        return _reference(names, self.sums)

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object; of 50 features it takes some 40 kilobytes."""
        return {"windows": self.windows, "until_ms": self.until_ms, "sums": self.sums}

    @classmethod
    def from_json(cls, written: object) -> Self:
        """Read what `as_json` wrote; from anything else nothing was learnt."""
        match written:
            case {"windows": int(windows), "until_ms": int(until_ms), "sums": str(sums)}:
                return cls(windows, until_ms, sums)
        return cls()


def can_teach(window: PairSums) -> bool:
    """Whether some pair of a window has rows enough."""
    return bool((window.rows[np.triu_indices(len(window.rows), 1)] >= LEAST_ROWS).any())


@functools.lru_cache(maxsize=64)
def _reference(names: tuple[str, ...], sums: str) -> PairReference:
    windows, rows, firsts, seconds = _read(sums)
    known = np.maximum(rows, 1.0)
    mean = np.where(windows > 0, firsts / known, np.nan)
    apart = np.maximum(seconds - np.where(windows > 0, firsts * firsts / known, 0.0), 0.0)
    variance = np.where(windows > 1, apart / np.maximum(windows - 1, 1.0), np.nan)
    tables = [_both_sides(each, len(names)) for each in (mean, variance, windows, rows)]
    return PairReference(names, tables[0], tables[1], tables[2].astype(np.int64), tables[3].astype(np.int64))


def _both_sides(upper: Floats, size: int) -> Floats:
    table = np.zeros((size, size))
    table[np.triu_indices(size, 1)] = upper
    return table + table.T


def _written(sums: Floats) -> str:
    return base64.b85encode(zlib.compress(sums.astype("<f8").tobytes(), 1)).decode()


def _read(text: str) -> Floats:
    try:
        return np.frombuffer(zlib.decompress(base64.b85decode(text)), "<f8").reshape(4, -1)
    except (ValueError, zlib.error) as error:
        raise MonitoringError(f"the state of a series holds no pairs where it should: {error}") from error
