"""A reference and a window with known columns, as our engine judges them, and as samples that others can measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.checking import Monitor
from assay.monitoring.profiles import Labels, Numbers, Table, profile_of
from assay.monitoring.verdicts import Judgement
from tests.conformance.monitoring.theirs import Sample

__all__ = ["NAMES", "NUMERIC", "Shared", "judged", "samples_of", "shared", "tables"]

ROWS, WINDOW = 8_000, 2_000
"""NannyML measures references of up to 10,000 rows exactly."""

NUMERIC = ("still", "moved", "wide", "skewed", "zeros")
NAMES = (*NUMERIC, "town", "colour")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shared:
    """The bins that a feature was tested on: rows of the reference and of the window, and where each lies."""

    reference: Ints
    window: Ints
    centres: Floats


def tables() -> tuple[Table, Table]:
    """Reference and window: some columns moved in their place, spread or mix, and some did not."""
    rng = np.random.default_rng(2_013)
    return _table(rng, ROWS, 0.0), _table(rng, WINDOW, 1.0)


def judged() -> Judgement:
    """The window as the engine judges it."""
    reference, window = tables()
    profile = profile_of(reference)
    judgement = Monitor(profile, 0.01).close(profile.count(window))
    assert isinstance(judgement, Judgement)
    return judgement


def shared(judgement: Judgement, name: str) -> Shared:
    """What a feature was tested on."""
    line = judgement.profile.names.index(name)
    before, now = judgement.held.reference.values[line], judgement.measured.window.values[line]
    used = (before + now) > 0
    return Shared(before[used], now[used], judgement.held.centres[line][used])


def samples_of(judgement: Judgement) -> dict[str, Sample]:
    """Each feature as it is, and as its bins.

    `.bins` has a word for each row, the name of its bin; `.halves` has two for each row and one more for each bin: the
    half row that our PSI adds to every bin; `.centres` has the centre of its bin for each row.
    """
    found: dict[str, Sample] = {}
    for name, before, now in zip(NAMES, *([_plain(table[name]) for name in NAMES] for table in tables()), strict=True):
        bins = shared(judgement, name)
        words = [f"bin {place}" for place in range(len(bins.reference))]
        found[f"{name}.bins"] = _expanded("words", words, bins.reference, bins.window)
        found[f"{name}.halves"] = _expanded("words", words, 2 * bins.reference + 1, 2 * bins.window + 1)
        if name in NUMERIC:
            found[name] = Sample("numbers", before, now)
            found[f"{name}.centres"] = _expanded("numbers", bins.centres.tolist(), bins.reference, bins.window)
    return found


def _expanded(kind: str, values: list[Any], reference: Ints, window: Ints) -> Sample:
    sides = ([each for each, n in zip(values, rows, strict=True) for _ in range(n)] for rows in (reference, window))
    return Sample(kind, *sides)


def _plain(column: Numbers | Labels) -> list[Any]:
    return column.values.tolist() if isinstance(column, Numbers) else [column.words[each] for each in column.codes]


def _table(rng: np.random.Generator, rows: int, moved: float) -> Table:
    zipf = 1 / np.arange(1, 13)
    mix = zipf * (1 + moved * np.linspace(-0.3, 0.6, 12))
    return {
        "still": Numbers(rng.normal(size=rows)),
        "moved": Numbers(rng.normal(0.25 * moved, size=rows)),
        "wide": Numbers(rng.normal(scale=1 + 0.25 * moved, size=rows)),
        "skewed": Numbers(rng.lognormal(0.1 * moved, size=rows)),
        "zeros": Numbers(np.where(rng.random(rows) < 0.6 + 0.1 * moved, 0.0, rng.exponential(size=rows))),
        "town": _words(rng, rows, zipf),
        "colour": _words(rng, rows, mix),
    }


def _words(rng: np.random.Generator, rows: int, weights: Floats) -> Labels:
    words = tuple(f"w{place:02d}" for place in range(len(weights)))
    return Labels(rng.choice(len(weights), rows, p=weights / weights.sum()).astype(np.int64), words)
