"""The sets that NannyML brings, counted as the engine counts them, in chunks of the size that theirs have."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.performance import codes

__all__ = ["ROWS", "Classified", "Periods", "Rows", "classified", "numbers", "read"]

ROWS = 5_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Rows = Sequence[dict[str, str]]
Counted = TypeVar("Counted")


@dataclass(frozen=True, slots=True)
class Periods:
    """Labelled rows of the reference, and of what came after."""

    reference: Rows
    current: Rows

    def chunks(self, counted: Callable[[Rows], Counted]) -> list[Counted]:
        """Count each chunk of what came after."""
        return [counted(self.current[start : start + ROWS]) for start in range(0, len(self.current), ROWS)]


def read(folder: Path, name: str) -> Periods:
    """Read a set that was left in a folder."""
    return Periods(*(_rows(folder / f"{name}.{period}.csv") for period in ("reference", "current")))


def numbers(rows: Rows, name: str) -> Floats:
    """Return a column of numbers."""
    return np.array([float(row[name]) for row in rows])


@dataclass(frozen=True, slots=True)
class Classified:
    """What was said, with which scores, and what was true."""

    said: Ints
    scores: Floats
    truths: Ints


def classified(rows: Rows, classes: tuple[str, ...]) -> Classified:
    """Return what was said of rows of the set with several classes."""
    said, truths = (codes([row[name] for row in rows], classes) for name in ("y_pred", "y_true"))
    return Classified(said, np.stack([numbers(rows, f"y_pred_proba_{each}") for each in classes], axis=1), truths)


def _rows(file: Path) -> Rows:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))
