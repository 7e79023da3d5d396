"""Kinds of model over columns of text: what a reference teaches, and what each window comes to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assay.cli.errors import CommandError
from assay.cli.performance.asking import Question
from assay.cli.performance.columns import Column, numbers
from assay.cli.spelling import as_known, plain_value
from assay.monitoring.concept import (
    BinaryEstimate,
    BinaryReference,
    Evidence,
    Findings,
    MulticlassEstimate,
    MulticlassReference,
    RegressionEstimate,
    RegressionReference,
    calibration_of,
    count_reference,
    edges_of,
    selection,
)
from assay.monitoring.performance import (
    LARGEST,
    BinaryMetrics,
    MulticlassMetrics,
    RankingMetrics,
    RegressionMetrics,
    binary_metrics,
    codes,
    count_binary,
    count_multiclass,
    count_regression,
    multiclass_metrics,
    regression_metrics,
)
from assay.monitoring.performance.papers import ModelCounts

__all__ = ["Model", "Part", "model_of"]

MOST_CLASSES = 100

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = dict[str, Column]


@dataclass(frozen=True, slots=True)
class Part:
    """What one window came to, of whatever kind the model is."""

    labelled: int
    metrics: BinaryMetrics | MulticlassMetrics | RegressionMetrics | RankingMetrics
    estimated: BinaryEstimate | MulticlassEstimate | RegressionEstimate | None
    loss: Evidence | None
    foretold: Evidence | None
    calibration: Evidence | None
    selection: Evidence | None = None

    def findings(self, rows: int) -> Findings:
        """Return what the tests found in a window of so many rows."""
        return Findings(self.labelled, self.labelled / rows, self.loss, self.foretold, self.calibration)


class Model(Protocol):
    """A model that its reference is known of."""

    def parts(self, columns: Columns, file: Path) -> Iterator[tuple[int, Part]]:
        """Give the rows of each window of a file, and what they came to."""

    def counts(self, columns: Columns, file: Path, panes: int) -> list[ModelCounts]:
        """Count the rows of a file in so many panes of about equal length."""

    def losses(self, columns: Columns) -> tuple[list[int], list[float]]:
        """Return the rows that have a label, and the loss of each: an error is 1, or in standard deviations of errors."""


def model_of(asked: Question, reference: Columns) -> Model:
    """Learn from a reference.

    Raises:
        CommandError: its columns can't be used.
    """
    if asked.kind == "ranking":
        from assay.cli.performance.rankings import Ranking

        return Ranking(asked, reference)
    if asked.kind == "binary":
        return _Binary(asked, reference)
    return _Multiclass(asked, reference) if asked.kind == "multiclass" else _Regression(asked, reference)


class _Binary:
    def __init__(self, asked: Question, reference: Columns) -> None:
        self._asked = asked
        self._reference = BinaryReference.of(count_binary(*self._arrays(reference, asked.reference)))

    def parts(self, columns: Columns, file: Path) -> Iterator[tuple[int, Part]]:
        said, scores, truths = self._arrays(columns, file)
        for part in _slices(said.size, self._asked.window_rows):
            counts = count_binary(said[part], scores[part], truths[part])
            by = self._reference
            evidence = by.loss(counts), by.foretold(counts), by.calibration(counts)
            found = Part(counts.labelled, binary_metrics(counts), by.estimate(counts), *evidence, selection(counts))
            yield counts.n, found

    def counts(self, columns: Columns, file: Path, panes: int) -> list[ModelCounts]:
        said, scores, truths = self._arrays(columns, file)
        return [count_binary(said[part], scores[part], truths[part]) for part in _panes(said.size, panes)]

    def losses(self, columns: Columns) -> tuple[list[int], list[float]]:
        said, _, truths = self._arrays(columns, self._asked.current)
        return _labelled(truths >= 0, said != truths)

    def _arrays(self, columns: Columns, file: Path) -> tuple[Ints, Floats, Ints]:
        asked = self._asked
        positive = plain_value(asked.positive)
        said = _values(columns, asked.prediction, file, plain_value, required=True)
        truths = _values(columns, asked.label, file, plain_value)
        kinds = {each for each in (*said, *truths) if each is not None and each != positive}
        if len(kinds) > 1:
            some = ", ".join(sorted(kinds)[:5])
            raise CommandError(
                f"{file}: a binary model has one class beside {positive!r}, and {asked.prediction} and {asked.label} have "
                f"{some}; name the positive class with --positive, or say --kind multiclass or regression"
            )
        return (
            np.array([each == positive for each in said], dtype=np.int64),
            _scores(columns, asked.score, file, len(said)),
            np.array([-1 if each is None else each == positive for each in truths], dtype=np.int64),
        )


class _Multiclass:
    def __init__(self, asked: Question, reference: Columns) -> None:
        self._asked = asked
        names = (*reference[asked.label], *reference[asked.prediction])
        found = tuple(sorted({plain_value(name) for name in names if name is not None}))
        self._classes = asked.classes or found
        self._class_of = as_known(self._classes)
        if len(self._classes) > MOST_CLASSES:
            raise CommandError(
                f"{asked.reference}: {asked.label} and {asked.prediction} have {len(self._classes)} values, and {MOST_CLASSES} "
                "classes are the most; is it a regression?"
            )
        said, scores, truths = self._arrays(reference, asked.reference)
        self._reference = MulticlassReference(*count_reference(self._classes, said, scores, truths))
        self._calibration = calibration_of(self._reference.counts)

    def parts(self, columns: Columns, file: Path) -> Iterator[tuple[int, Part]]:
        said, scores, truths = self._arrays(columns, file)
        by = self._reference
        for part in _slices(said.size, self._asked.window_rows):
            rows = said[part], scores[part], truths[part]
            counts = count_multiclass(self._classes, *rows, self._calibration)
            evidence = by.loss(counts), by.foretold(counts), by.calibration(counts)
            yield counts.n, Part(counts.labelled, multiclass_metrics(counts), by.estimate(counts), *evidence)

    def counts(self, columns: Columns, file: Path, panes: int) -> list[ModelCounts]:
        said, scores, truths = self._arrays(columns, file)
        return [*count_reference(self._classes, said, scores, truths, _panes(said.size, panes))]

    def losses(self, columns: Columns) -> tuple[list[int], list[float]]:
        said, _, truths = self._arrays(columns, self._asked.current)
        return _labelled(truths >= 0, (said != truths) | (said == len(self._classes)))

    def _arrays(self, columns: Columns, file: Path) -> tuple[Ints, Floats, Ints]:
        asked = self._asked
        said = _values(columns, asked.prediction, file, self._class_of, required=True)
        truths = _values(columns, asked.label, file, self._class_of)
        names = [f"{asked.score}_{each}" if asked.score else None for each in self._classes]
        scores = np.stack([_scores(columns, name, file, len(said)) for name in names], axis=1)
        return codes(said, self._classes), scores, codes(truths, self._classes)


class _Regression:
    def __init__(self, asked: Question, reference: Columns) -> None:
        self._asked = asked
        said, truths = self._arrays(reference, asked.reference)
        self._edges = edges_of(said)
        self._reference = RegressionReference(count_regression(said, truths, self._edges))

    def parts(self, columns: Columns, file: Path) -> Iterator[tuple[int, Part]]:
        said, truths = self._arrays(columns, file)
        by = self._reference
        for part in _slices(said.size, self._asked.window_rows):
            counts = count_regression(said[part], truths[part], self._edges)
            evidence = by.loss(counts), by.foretold(counts), by.calibration(counts)
            yield counts.n, Part(counts.labelled, regression_metrics(counts), by.estimate(counts), *evidence)

    def counts(self, columns: Columns, file: Path, panes: int) -> list[ModelCounts]:
        said, truths = self._arrays(columns, file)
        return [count_regression(said[part], truths[part], self._edges) for part in _panes(said.size, panes)]

    def losses(self, columns: Columns) -> tuple[list[int], list[float]]:
        said, truths = self._arrays(columns, self._asked.current)
        known = (np.abs(said) < LARGEST) & (np.abs(truths) < LARGEST)
        unit = math.sqrt(self._reference.counts.distances.variance) if self._reference.counts.labelled > 1 else 0.0
        apart = np.abs(np.where(known, said, 0.0) - np.where(known, truths, 0.0)) / (unit or 1.0)
        return _labelled(known, apart)

    def _arrays(self, columns: Columns, file: Path) -> tuple[Floats, Floats]:
        asked = self._asked
        said, truths = (
            np.array(numbers(columns[name], file, name), dtype=np.float64) for name in (asked.prediction, asked.label)
        )
        return said, truths


def _values(
    columns: Columns, name: str, file: Path, value_of: Callable[[str], str], *, required: bool = False
) -> Column:
    values = [None if each is None else value_of(each) for each in columns[name]]
    if required and None in values:
        raise CommandError(f"{file}: {name} of row {values.index(None)} is empty; every row needs a prediction")
    return values


def _scores(columns: Columns, name: str | None, file: Path, rows: int) -> Floats:
    if name is None:
        return np.full(rows, np.nan)
    if name not in columns:
        raise CommandError(f"{file}: there is no column {name!r} for --score, there are {', '.join(columns)}")
    scores = np.array(numbers(columns[name], file, name), dtype=np.float64)
    outside = np.flatnonzero((scores < 0) | (scores > 1))
    if outside.size:
        row = int(outside[0])
        raise CommandError(f"{file}: {name} of row {row} is {scores[row]:g}; a score is a probability, from 0 to 1")
    return scores


def _slices(size: int, rows: int) -> list[slice]:
    return [slice(start, min(start + rows, size)) for start in range(0, size, rows)]


def _panes(size: int, panes: int) -> list[slice]:
    ends = [size * each // panes for each in range(panes + 1)]
    return [slice(start, end) for start, end in itertools.pairwise(ends)]


def _labelled(known: NDArray[np.bool_], losses: NDArray[np.bool_] | Floats) -> tuple[list[int], list[float]]:
    places = np.flatnonzero(known)
    return places.tolist(), losses[places].astype(np.float64).tolist()
