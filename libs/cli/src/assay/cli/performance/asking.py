"""What is asked of two files, and the windows that answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.cli.errors import CommandError
from assay.cli.performance.columns import Column, columns_of
from assay.cli.spelling import plain_key

if TYPE_CHECKING:
    from assay.cli.performance.models import Model, Part
    from assay.monitoring.concept import ConceptVerdict

__all__ = ["Question", "Seen", "windows"]

Kind = Literal["binary", "multiclass", "regression", "ranking"]


@dataclass(frozen=True, slots=True)
class Question:
    """The files, the columns in them, and how they are to be read."""

    reference: Path
    current: Path
    labels: Path | None
    key: str
    label: str
    prediction: str
    score: str | None
    kind: Kind
    positive: str
    window_rows: int
    detector: Literal["adwin", "page-hinkley"] | None
    least_labelled: int
    least_coverage: float
    classes: tuple[str, ...] = ()
    """Those of a model with several, in its order; else those that the reference has."""
    listed_by: str = ""
    """Of a ranking: the column of the list that a row is an item of."""
    is_place: bool = False
    """Of a ranking: the prediction is a place, 1 the best, and no score."""
    cutoff: int = 10
    """Of a ranking: how many places are looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One window: what it came to, and its verdict."""

    window: int
    rows: int
    part: Part
    verdict: ConceptVerdict
    changed_at: tuple[int, ...]
    """Rows of the file at which the detector saw a change."""


def windows(asked: Question) -> Iterator[Seen]:
    """Give each window of the current file its verdict, in the order of its rows.

    Raises:
        CommandError: a file or a column can't be used.
    """
    from assay.cli.performance.models import model_of
    from assay.monitoring.concept import ConceptRule, ConceptStates, Dispersion

    reference, current = _columns(asked.reference, asked), _columns(asked.current, asked)
    if asked.labels is not None:
        current[asked.label] = _joined(current, asked.labels, asked)
    elif asked.label not in current:
        current[asked.label] = [None] * len(current[asked.prediction])
    if asked.label not in reference or not any(each is not None for each in reference[asked.label]):
        raise CommandError(f"{asked.reference}: a reference needs labels, and there are none in {asked.label!r}")
    model = model_of(asked, reference)
    places = _changes(asked, model, current)
    states = ConceptStates(ConceptRule(least_labelled=asked.least_labelled, least_coverage=asked.least_coverage))
    dispersion = Dispersion.of([part.findings(rows) for rows, part in model.parts(reference, asked.reference)])
    for window, (rows, part) in enumerate(model.parts(current, asked.current)):
        findings = dispersion.ease(part.findings(rows))
        first = window * asked.window_rows
        changed = tuple(each for each in places if first <= each < first + rows)
        yield Seen(window, rows, part, states.judge(findings), changed)


def _columns(file: Path, asked: Question) -> dict[str, Column]:
    found = columns_of(file)
    if asked.prediction not in found:
        raise CommandError(f"{file}: there is no column {asked.prediction!r}, there are {', '.join(found)}")
    return found


def _joined(current: dict[str, Column], file: Path, asked: Question) -> Column:
    """Labels of the current rows by id, of a ranking by list and id; the last row of an id stands, and a row without one has none."""
    found = columns_of(file)
    keys = (asked.listed_by, asked.key) if asked.listed_by else (asked.key,)
    for where, columns, name in (
        *((where, columns, name) for where, columns in ((asked.current, current), (file, found)) for name in keys),
        (file, found, asked.label),
    ):
        if name not in columns:
            raise CommandError(f"{where}: there is no column {name!r}, there are {', '.join(columns)}")
    truths = dict(zip(_keyed(found, keys), found[asked.label], strict=True))
    return [None if each is None else truths.get(each) for each in _keyed(current, keys)]


def _keyed(columns: dict[str, Column], keys: tuple[str, ...]) -> Iterator[tuple[str, ...] | None]:
    """The key of each row; None where a part of it is empty."""
    for cells in zip(*(columns[name] for name in keys), strict=True):
        there = tuple(plain_key(cell) for cell in cells if cell is not None)
        yield there if len(there) == len(keys) else None


def _changes(asked: Question, model: Model, current: dict[str, Column]) -> list[int]:
    if asked.detector is None:
        return []
    from assay.monitoring.concept import adwin, changes, page_hinkley

    places, losses = model.losses(current)
    try:
        detector = adwin() if asked.detector == "adwin" else page_hinkley()
    except ModuleNotFoundError as error:
        raise CommandError("--detector needs River: install assay-monitoring[detectors]") from error
    return [places[each] for each in changes(detector, losses)]
