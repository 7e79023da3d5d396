"""Bins, frozen on the reference: where each value of a feature is counted from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from assay.monitoring.profiles.columns import Column, Floats, Ints, Labels, Numbers

__all__ = ["BINS", "OWN", "CategoryBins", "NumericBins", "bins_of", "no_bins"]

BINS = 20
"""Quantiles of the reference that a numeric feature is cut at; smaller windows fold them together."""

OWN = 64
"""Categories with a bin of their own; the others that the reference knows share one."""

KNOWN = 10_000
"""Categories that are remembered; where the reference has more, an unseen one cannot be told from a rare one."""


@dataclass(frozen=True, slots=True)
class NumericBins:
    """Half-open intervals; a value that much of the reference has stands in a bin of its own.

    Bins where the reference has no row hold values that it never had: they count as unseen.
    """

    edges: tuple[float, ...]
    masses: tuple[int, ...]
    """Bins of a single value."""

    _cuts: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_cuts", np.asarray(self.edges, dtype=np.float64))

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.edges) + 1

    def place(self, column: Numbers) -> Ints:
        """Return the bin of each value, -1 where it is missing and -2 where it is not finite."""
        values = column.values
        placed: Ints = np.searchsorted(self._cuts, values, side="right")
        finite = np.isfinite(values)
        if not finite.all():
            placed[~finite] = -2
        if column.present is not None:
            placed[~column.present] = -1
        else:
            placed[np.isnan(values)] = -1
        return placed

    def names(self) -> tuple[str, ...]:
        """Say in words what each bin holds."""
        return tuple(self.span(number, number) for number in range(self.size))

    def span(self, first: int, last: int) -> str:
        """Say what the bins from one to another hold together."""
        low = f"{self.edges[first - 1]:.6g}" if first else ""
        high = f"{self.edges[last]:.6g}" if last < len(self.edges) else ""
        if first == last and first in self.masses:
            return f"= {low}"
        if low and high:
            return f"[{low}, {high})"
        return f">= {low}" if low else f"< {high}" if high else "any"


@dataclass(frozen=True, slots=True)
class CategoryBins:
    """A bin for each of the commonest categories, and one for the others that the reference has."""

    own: tuple[str, ...]
    others: tuple[str, ...]
    closed: bool
    """Whether every category of the reference is remembered, so that any other is unseen."""

    _places: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = dict.fromkeys(self.others, len(self.own)) | {word: place for place, word in enumerate(self.own)}
        object.__setattr__(self, "_places", places)

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.own) + 1

    def place(self, column: Labels) -> Ints:
        """Return the bin of each label, -1 where it is missing and -3 where the reference never had it."""
        words, codes = column.words, column.codes
        if len(words) > len(codes):  # a small batch of a large dictionary: only what it has is looked up
            used, codes = np.unique(codes, return_inverse=True)
            words = tuple(column.words[code] for code in used[used >= 0].tolist())
            codes = codes - int(used.size > len(words))
        stranger = -3 if self.closed else len(self.own)
        of_words = np.array([*(self._places.get(word, stranger) for word in words), -1], dtype=np.int64)
        placed: Ints = of_words[codes]
        return placed

    def names(self) -> tuple[str, ...]:
        """Say what each bin holds."""
        return (*self.own, "other")

    def span(self, first: int, last: int) -> str:
        """Say what the bins from one to another hold together."""
        names = self.names()
        return names[first] if first == last else f"{names[first]} to {names[last]}"


def bins_of(column: Column) -> NumericBins | CategoryBins:
    """Freeze the bins of a feature on its reference."""
    return _numeric(column) if isinstance(column, Numbers) else _categories(column)


def no_bins() -> CategoryBins:
    """Return the bins of words that are no categories: none of them is remembered."""
    return CategoryBins((), (), closed=False)


def _numeric(column: Numbers) -> NumericBins:
    values = np.sort(column.finite())
    if not values.size:
        return NumericBins((), ())
    inner = values[(np.arange(1, BINS) * values.size) // BINS]
    distinct, counts = np.unique(values, return_counts=True)
    heavy = distinct[counts * BINS > values.size]
    fences = np.concatenate([inner, heavy, np.nextafter(heavy, np.inf)])
    edges = np.unique(fences)
    masses = np.searchsorted(edges, heavy) + 1
    return NumericBins(tuple(edges.tolist()), tuple(masses.tolist()))


def _categories(column: Labels) -> CategoryBins:
    there = column.codes[column.codes >= 0]
    counts = np.bincount(there, minlength=len(column.words))
    ranked = sorted((-int(count), word) for count, word in zip(counts, column.words, strict=True) if count)
    words = tuple(word for _, word in ranked)
    closed = len(words) <= KNOWN
    return CategoryBins(words[:OWN], words[OWN:] if closed else (), closed=closed)
