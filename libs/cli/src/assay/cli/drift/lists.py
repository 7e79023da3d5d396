"""Which row of each list of a ranking stands for its request, in a file with a row for each item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from assay.cli.drift.asking import Asked, names_taken
from assay.cli.errors import CommandError
from assay.cli.performance.asking import Question
from assay.cli.performance.columns import Column, columns_of, numbers
from assay.cli.performance.rankings import lists_in, placed
from assay.cli.spelling import plain_value
from assay.monitoring.profiles.columns import Ints

__all__ = ["first_rows"]


def first_rows(file: Path, asked: Asked, question: Question) -> Ints:
    """Return the row of the first item of each list, in the order in which lists begin; of none where no item has a place.

    Raises:
        CommandError: the file can't be used, or a feature or the time of a list differs within it.
    """
    columns = columns_of(file)
    for name in (question.prediction, question.label):
        if name and name not in columns:
            raise CommandError(f"{file}: there is no column {name!r}, there are {', '.join(columns)}")
    lists = lists_in(columns, file, question.listed_by)
    _agree(columns, file, asked, lists)
    said = numbers(columns[question.prediction], file, question.prediction)
    ranked = (placed(items, said, is_place=question.is_place) for items in lists)
    first = [items[0] for items in ranked if items]
    if not first:
        raise CommandError(f"{file}: no item has a place, for {question.prediction!r} is empty in all rows")
    return np.array(first, dtype=np.int64)


def _agree(columns: dict[str, Column], file: Path, asked: Asked, lists: Sequence[Sequence[int]]) -> None:
    """See that what is said of the request is the same for each item of its list."""
    begins = np.zeros(sum(map(len, lists)), dtype=np.int64)
    for items in lists:
        begins[items] = items[0]
    if asked.time in columns and (row := next(_apart(columns[asked.time], begins), None)) is not None:
        raise CommandError(
            f"{file}: {asked.time} of row {row} is not that of row {begins[row]}, which is of the same list; a list has"
            " one time, that of its request"
        )
    several = [name for name in names_taken(columns, asked) if next(_apart(columns[name], begins), None) is not None]
    if several:
        raise CommandError(
            f"{file}: features are those of the request, one value a list, and these differ within one:"
            f" {', '.join(several)}; leave out what is of items with --ignore {','.join(several)}"
        )


def _apart(column: Column, begins: Ints) -> Iterator[int]:
    """The rows whose value is not that of the row that begins their list; 1.0 is 1."""
    cells = np.array(column, dtype=object)
    for row in np.flatnonzero(cells != cells[begins]).tolist():
        own, first = column[row], column[begins[row]]
        if own is None or first is None or plain_value(own) != plain_value(first):
            yield row
