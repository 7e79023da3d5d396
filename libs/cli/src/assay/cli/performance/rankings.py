"""Rankings over columns of text: a row is an item of a list, with what it was ranked by and how relevant it is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.cli.errors import CommandError
from assay.cli.performance.asking import Question
from assay.cli.performance.columns import Column, numbers
from assay.cli.performance.models import Part
from assay.cli.spelling import plain_key
from assay.monitoring.concept import RankingReference
from assay.monitoring.performance import count_ranking, ranking_metrics
from assay.monitoring.performance.papers import ModelCounts
from assay.monitoring.performance.ranking import is_relevance, relevance_row

__all__ = ["Ranking", "lists_in", "placed"]

Floats = NDArray[np.float64]
Columns = dict[str, Column]


def lists_in(columns: Columns, file: Path, listed_by: str) -> list[list[int]]:
    """Return the rows of each list, in the order in which lists begin.

    Raises:
        CommandError: there is no such column, or a row is of no list.
    """
    if listed_by not in columns:
        raise CommandError(f"{file}: there is no column {listed_by!r} for --list, there are {', '.join(columns)}")
    lists: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(columns[listed_by]):
        if name is None:
            raise CommandError(f"{file}: {listed_by} of row {row} is empty; every row is an item of a list")
        lists[plain_key(name)].append(row)
    return list(lists.values())


def placed(items: list[int], said: list[float], *, is_place: bool) -> list[int]:
    """Return the rows of a list that have a place, the first first."""
    there = [row for row in items if not math.isnan(said[row])]
    return sorted(there, key=lambda row: said[row] if is_place else -said[row])


class Ranking:
    """A model of lists, in the order in which they begin in the file.

    Items stand by score, the highest first, or by place; of two that are equal the one that stands first in the file does.
    One without either is in no place. An empty label of a list that has another counts as 0.
    """

    def __init__(self, asked: Question, reference: Columns) -> None:
        self._asked = asked
        self._reference = RankingReference(count_ranking(asked.cutoff, self._rows(reference, asked.reference)))

    def parts(self, columns: Columns, file: Path) -> Iterator[tuple[int, Part]]:
        """Give the lists of each window, and what they came to."""
        rows = self._rows(columns, file)
        for start in range(0, len(rows), self._asked.window_rows):
            counts = count_ranking(self._asked.cutoff, rows[start : start + self._asked.window_rows])
            loss = self._reference.loss(counts)
            yield counts.n, Part(counts.labelled, ranking_metrics(counts), None, loss, None, None)

    def counts(self, columns: Columns, file: Path, panes: int) -> list[ModelCounts]:
        """Count the lists of a file in so many panes of about equal length."""
        return [count_ranking(self._asked.cutoff, part) for part in np.array_split(self._rows(columns, file), panes)]

    def losses(self, columns: Columns) -> tuple[list[int], list[float]]:
        """Return the lists that have a label, and the loss of each: 1 less NDCG."""
        rows = self._rows(columns, self._asked.current)
        places = np.flatnonzero(~np.isnan(rows[:, -1])).tolist()
        each = [count_ranking(self._asked.cutoff, rows[place : place + 1]) for place in places]
        return places, [counts.losses.mean for counts in each]

    def _rows(self, columns: Columns, file: Path) -> Floats:
        asked = self._asked
        lists = lists_in(columns, file, asked.listed_by)
        said, truths = (numbers(columns[name], file, name) for name in (asked.prediction, asked.label))
        self._check(truths, file)
        rows = [found for each in lists if (found := self._row(each, said, truths))]
        return np.array(rows, dtype=np.float64).reshape(len(rows), asked.cutoff + 2)

    def _row(self, items: list[int], said: list[float], truths: list[float]) -> tuple[float, ...]:
        """A list as it is counted; nothing where no item has a place."""
        ranked = placed(items, said, is_place=self._asked.is_place)
        if not ranked:
            return ()
        if all(math.isnan(truths[row]) for row in items):
            return (math.nan,) * (self._asked.cutoff + 2)
        gains = [0.0 if math.isnan(truths[row]) else truths[row] for row in ranked]
        others = [truths[row] for row in items if math.isnan(said[row]) and not math.isnan(truths[row])]
        return relevance_row(gains, others, self._asked.cutoff)

    def _check(self, truths: list[float], file: Path) -> None:
        for row, truth in enumerate(truths):
            if not math.isnan(truth) and not is_relevance(truth):
                raise CommandError(
                    f"{file}: {self._asked.label} of row {row} is {truth:g}; relevance is a number from 0"
                )
