"""Rows told apart by segment and by stretch of event time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.known import EVERYONE
from assay.monitoring.profiles import Labels
from assay.monitoring.profiles.columns import Column

__all__ = ["Groups", "by_columns", "by_names", "segments_of"]

Ints = NDArray[np.int64]

MOST_NAME = 255
"""Characters of the name of a segment."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The group of each row, -1 for none; of each group, its segment and where its stretch begins."""

    of_row: Ints
    names: Sequence[tuple[str, int]]

    def rows(self) -> Iterator[tuple[int, Ints]]:
        """Give the groups that have rows, each with the places of these."""
        if len(self.names) == 1 and self.of_row.size and (self.of_row == 0).all():
            yield 0, np.arange(self.of_row.size)
            return
        for group in np.unique(self.of_row[self.of_row >= 0]).tolist():
            yield group, np.flatnonzero(self.of_row == group)


def by_columns(at_ms: Ints, pane_ms: int, columns: Mapping[str, Column]) -> list[Groups]:
    """Return the groups of all rows, and those by each of some columns of words."""
    everyone = Labels(np.zeros(len(at_ms), dtype=np.int64), (EVERYONE,))
    found = [everyone]
    for name, column in columns.items():
        if isinstance(column, Labels):
            found.append(_named(name, column))
    return _by_stretch(at_ms, pane_ms, found)


def by_names(at_ms: Ints, pane_ms: int, segments: Sequence[Iterable[str]]) -> list[Groups]:
    """Return the groups of rows whose segments are written out; a row has one segment of a kind at most."""
    kinds: dict[str, dict[str, int]] = {}
    codes: dict[str, Ints] = {}
    for row, names in enumerate(segments):
        for name in names:
            kind = name.partition("=")[0]
            places = kinds.setdefault(kind, {})
            if kind not in codes:
                codes[kind] = np.full(len(segments), -1, dtype=np.int64)
            codes[kind][row] = places.setdefault(name, len(places))
    return _by_stretch(at_ms, pane_ms, [Labels(codes[kind], tuple(places)) for kind, places in kinds.items()])


def segments_of(columns: Mapping[str, Column], rows: int) -> list[tuple[str, ...]]:
    """Return the segments of each row by some columns of words, written out."""
    words = [
        [column.words[code] if code >= 0 else None for code in column.codes.tolist()]
        for column in (_named(name, each) for name, each in columns.items() if isinstance(each, Labels))
    ]
    if not words:
        return [()] * rows
    return [tuple(each for each in row if each is not None) for row in zip(*words, strict=True)]


def _named(name: str, column: Labels) -> Labels:
    """A column of words as segments; a word that is too long to be a name is none."""
    names = tuple(f"{name}={word}" for word in column.words)
    if all(len(each) <= MOST_NAME and "\0" not in each for each in names):
        return Labels(column.codes, names)
    kept = np.array([*(len(each) <= MOST_NAME and "\0" not in each for each in names), False])
    return Labels(np.where(kept[column.codes], column.codes, -1), names)


def _by_stretch(at_ms: Ints, pane_ms: int, columns: Sequence[Labels]) -> list[Groups]:
    number = at_ms // pane_ms
    starts, place = np.unique(number, return_inverse=True)
    found = []
    for column in columns:
        names = [(word, start * pane_ms) for start in starts.tolist() for word in column.words]
        of_row = np.where(column.codes >= 0, place * len(column.words) + column.codes, -1)
        found.append(Groups(of_row, names))
    return found
