"""A model of the loss, fitted on the labelled rows of a reference: ridge least squares over cells and pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.losses.model import LossModel
from assay.monitoring.multivariate import PairReference, pair_counter
from assay.monitoring.performance import LARGEST
from assay.monitoring.profiles import Profile, Table
from assay.monitoring.profiles.placed import Placed
from assay.monitoring.profiles.predicted import LABEL

__all__ = ["LEAST_LABELLED", "MOST_TERMS", "ROWS_EACH", "loss_model_of"]

LEAST_LABELLED, ROWS_EACH = 500, 10
"""Labelled rows below which there is no model, and for each of its terms."""

MOST_TERMS = 1_500
"""Terms of a model: 35 numeric features with all their pairs. The work grows as their square, times the rows."""

PRIOR_ROWS = 30
"""What each term is held back by, as if so many more rows had shown nothing of it: right where a bin explains a thirtieth of
what losses vary by. It matters little: on 60,000 car prices of NannyML all from 3 to 300 estimate within 1.5 %
of each other, and on 2,000 of them 30 is nearer to the truth than 3 and 300 are.
"""

UNIT = 64.0**2
"""Scores are whole numbers of 1/64 standard deviations: with it, products are about as large as cells are."""

BLOCK = 4_096

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def loss_model_of(
    profile: Profile, pairs: PairReference | None, table: Table, said: Floats, truths: Floats
) -> LossModel | None:
    """Return what the labelled rows of a reference teach of the size of errors.

    None where nothing says how features go together, where fewer than `LEAST_LABELLED` rows or `ROWS_EACH` for each term
    have a label, and where there would be more than `MOST_TERMS`. Cells alone are no model: where inputs move together, on
    NannyML's car prices, they foretell no more than the prediction alone.

    Args:
        profile: of the table; a feature with a note has no part in the loss.
        pairs: the features whose pairs are counted.
        table: rows, with what was said as the profile has it.
        said: what was predicted of each row.
        truths: what became true of it, NaN where that is not known.
    """
    rows = np.flatnonzero((np.abs(said) < LARGEST) & (np.abs(truths) < LARGEST))
    if pairs is None or rows.size < LEAST_LABELLED:
        return None
    terms = _terms(profile, pairs, profile.place(table).take(rows))
    if len(terms) > min(MOST_TERMS, rows.size // ROWS_EACH):
        return None
    sizes = np.abs(said[rows] - truths[rows])
    return _fitted(terms, np.stack([sizes, sizes * sizes], axis=1), profile.cells.counts.shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """Columns of least squares: cells that rows are in, and products of scores."""

    cells: Ints
    """The cell of each row: features x rows, counted on over the features."""
    used: Ints
    scores: Floats
    """Of paired features: features x rows."""
    lines: Ints

    def __len__(self) -> int:
        return len(self.used) + len(self.lines) * (len(self.lines) - 1) // 2

    def blocks(self, most: int) -> Iterator[tuple[slice, Floats]]:
        """Give the columns of some rows after others."""
        column = np.full(most, -1)
        column[self.used] = np.arange(len(self.used))
        left, right = np.triu_indices(len(self.lines), 1)
        for start in range(0, self.scores.shape[1], BLOCK):
            part = slice(start, start + BLOCK)
            places, scores = column[self.cells[:, part]].T, self.scores[:, part]
            block = np.zeros((len(places), len(self)))
            np.put_along_axis(block, places, 1.0, axis=1)
            block[:, len(self.used) :] = (scores[left] * scores[right]).T / UNIT
            yield part, block


def _terms(profile: Profile, pairs: PairReference, placed: Placed) -> _Terms:
    kept = [line for line, name in enumerate(profile.names) if name != LABEL and name not in profile.notes]
    counter = pair_counter(profile, pairs.names)
    cells = placed.cells[kept] + (np.array(kept) * placed.width)[:, None]
    scores = np.take_along_axis(counter.scores, placed.cells[counter.lines], axis=1)
    return _Terms(cells, np.unique(cells), scores, counter.lines)


def _fitted(terms: _Terms, losses: Floats, shape: tuple[int, ...]) -> LossModel:
    from scipy.linalg import solve

    rows, most = len(losses), shape[0] * shape[1]
    squares, sums, met = np.zeros((len(terms), len(terms))), np.zeros(len(terms)), np.zeros((len(terms), 2))
    mean = losses.mean(axis=0)
    for part, block in terms.blocks(most):
        squares += block.T @ block
        sums += block.sum(axis=0)
        met += block.T @ (losses[part] - mean)
    centred = squares - np.outer(sums, sums) / rows
    centred[np.diag_indices_from(centred)] += PRIOR_ROWS
    weights = solve(centred, met, assume_a="pos")
    bases = mean - sums @ weights / rows
    left = sum(
        float(np.square(losses[part, 0] - bases[0] - block @ weights[:, 0]).sum()) for part, block in terms.blocks(most)
    )
    return _written(terms, weights, bases, sums, left / (rows - 1), shape)


def _written(
    terms: _Terms, weights: Floats, bases: Floats, sums: Floats, variance: float, shape: tuple[int, ...]
) -> LossModel:
    """Put weights where counts stand; those of a feature weigh nothing together, as a cell does that no row was in."""
    known, paired = len(terms.used), len(terms.lines)
    rows = terms.cells.shape[1]
    cells = np.zeros((2, shape[0] * shape[1]))
    cells[:, terms.used] = weights[:known].T
    held = np.zeros(shape[0] * shape[1])
    held[terms.used] = sums[:known] / rows
    cells, held = cells.reshape(2, *shape), held.reshape(shape)
    usual = (cells * held).sum(axis=2, keepdims=True)
    products = np.zeros((2, paired, paired))
    products[(slice(None), *np.triu_indices(paired, 1))] = weights[known:].T / UNIT
    return LossModel(
        terms.lines, bases + usual.sum(axis=(1, 2)), np.where(held > 0, cells - usual, 0.0), products, variance
    )
