"""A reference with what its model said and what turned out to be true: profile and labelled counts in one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assay.cli.drift.asking import Asked, Cut, order_of, profile_and_cut
from assay.cli.drift.lists import first_rows
from assay.cli.errors import CommandError
from assay.cli.performance.asking import Question
from assay.cli.performance.columns import Column, columns_of, numbers
from assay.cli.performance.models import model_of
from assay.cli.spelling import EMPTY
from assay.cli.tabular import Empty
from assay.contracts import Contract, ContractError, load
from assay.contracts.model_log import Feature
from assay.monitoring.concept import panes_of
from assay.monitoring.losses import loss_model_of, profile_with_losses
from assay.monitoring.multivariate import PairReference, pairs_of, profile_with_pairs
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS
from assay.monitoring.performance.papers import ModelCounts, profile_with
from assay.monitoring.performance.ranking import CUTOFF
from assay.monitoring.profiles.papers import profile_to_json
from assay.monitoring.profiles.predicted import LABEL, SCORE

__all__ = ["Said", "reference_text", "said_in"]


@dataclass(frozen=True, slots=True)
class Said:
    """Columns of what a model said and of what became true; empty where there is none. And what the model is."""

    label: str = ""
    prediction: str = ""
    score: str = ""
    kind: str = "binary"
    positive: str = "1"
    classes: tuple[str, ...] = ()
    listed_by: str = ""
    """Of a ranking: the column of the list that a row is an item of."""
    is_place: bool = False
    """Of a ranking: the prediction is a place, 1 the best, and no score."""
    cutoff: int = CUTOFF
    """Of a ranking: how many places are looked at."""

    @property
    def columns(self) -> frozenset[str]:
        """All of them: they are no features."""
        each = {f"{self.score}_{name}" for name in self.classes} if self.score else set()
        return frozenset({self.label, self.prediction, self.score, self.listed_by, *each} - {""})


def said_in(contracts: Sequence[Path], asked: Asked, said: Said) -> tuple[Asked, Said]:
    """Take features, kind, classes and cutoff from contracts of a model.

    Raises:
        CommandError: one can't be used, or none names features.
    """
    if not contracts:
        return asked, said
    features: dict[str, Feature] = {}
    for contract in map(_contract, contracts):
        log = contract.model_log
        if log is None:
            raise CommandError("a contract of a model says so in assay.model; give those of predictions and features")
        features |= {each.name: each for each in log.features}
        if log.kind:
            positive = log.classes[-1] if log.kind == "binary" and log.classes else said.positive
            cutoff = contract.monitoring.ranking_cutoff
            said = replace(said, kind=log.kind, positive=positive, classes=log.classes, cutoff=cutoff)
    if not features:
        raise CommandError("no contract names features; with the layout `rows` give that of the features too")
    numeric = {each.name: each.type != "string" for each in features.values()}
    empty: Empty = {name: ("",) for name, is_number in numeric.items() if not is_number}
    if said.prediction and said.kind in ("binary", "multiclass"):
        empty = {**empty, said.prediction: EMPTY.difference(said.classes)}
    known = {LABEL: said.classes}
    return replace(asked, numeric=numeric, only=frozenset(features), empty=empty, known=known), said


def reference_text(file: Path, asked: Asked, said: Said) -> str:
    """Return the document of a reference.

    Raises:
        CommandError: the file can't be used, or the model is of a kind that is not counted.
    """
    _has_a_list(said)
    also = _also(said)
    asked = replace(
        asked,
        ignored=asked.ignored | said.columns,
        numeric={**asked.numeric, SCORE: True, LABEL: False},
        only=None if asked.only is None else asked.only | set(also),
    )
    rows = first_rows(file, asked, _question(file, said)) if said.listed_by else None
    profile, cut = profile_and_cut(file, asked, also, rows)
    pairs = pairs_of(profile, cut.table, cut.windows)
    if asked.window_rows or asked.window_minutes:
        _has_windows(file, cut, pairs)
    text = profile_with_pairs(profile_to_json(profile), pairs)
    if not said.label:
        return text
    columns = _columns(file, asked, said)
    if said.kind == "regression":
        was_said, truths = (np.array(numbers(columns[each], file, each)) for each in (said.prediction, said.label))
        text = profile_with_losses(text, loss_model_of(profile, pairs, cut.table, was_said, truths))
    return profile_with(text, _counts(file, asked, said, columns))


def _has_a_list(said: Said) -> None:
    """Refuse a list of what is no ranking, and items of a ranking that are of no list."""
    if said.listed_by and said.kind != "ranking":
        raise CommandError(f"--list is for rankings, and the model is of kind {said.kind}; say --kind ranking")
    if said.kind == "ranking" and bool(said.prediction) != bool(said.listed_by):
        raise CommandError(
            "of a ranking --prediction and --list belong together: a row is an item of a list, ranked by what the"
            " prediction says"
        )


def _has_windows(file: Path, cut: Cut, pairs: PairReference | None) -> None:
    """Refuse windows that were asked for and show nothing of how pairs of columns vary."""
    kept = sum(len(rows) >= LEAST_ROWS for rows in cut.windows)
    if pairs is not None and kept < LEAST_WINDOWS:
        raise CommandError(
            f"{file}: it has {kept} windows with {LEAST_ROWS} rows or more, and how pairs of columns vary takes"
            f" {LEAST_WINDOWS}: give it more rows, or leave windows out, and they are cut from its rows evenly"
        )


def _also(said: Said) -> dict[str, str]:
    """What was said, by its name in the profile."""
    if said.kind == "regression":
        return {SCORE: said.prediction} if said.prediction else {}
    if said.kind == "ranking":
        best = said.score or ("" if said.is_place else said.prediction)
        return {SCORE: best} if best else {}
    found = {SCORE: said.score} if said.score and said.kind == "binary" else {}
    return found | ({LABEL: said.prediction} if said.prediction else {})


def _columns(file: Path, asked: Asked, said: Said) -> dict[str, Column]:
    """The columns in order of time; of which there are those of what was said and of what was true."""
    columns = columns_of(file, dict.fromkeys((said.label, said.prediction), said.classes))
    for name in (said.label, said.prediction):
        if name not in columns:
            raise CommandError(f"{file}: there is no column {name!r}, there are {', '.join(columns)}")
    order = order_of(file, asked)
    return {name: [column[at] for at in order] for name, column in columns.items()}


def _counts(file: Path, asked: Asked, said: Said, columns: dict[str, Column]) -> list[ModelCounts]:
    labelled = sum(each is not None for each in columns[said.label])
    if not labelled:
        raise CommandError(f"{file}: no row has a label in {said.label!r}; leave --label out")
    model = model_of(_question(file, said), columns)
    if said.listed_by and not (labelled := model.counts(columns, file, 1)[0].labelled):  # lists, and no rows
        raise CommandError(f"{file}: no list in which an item has a place has a label; leave --label out")
    return model.counts(columns, file, 1 if asked.shuffled else panes_of(labelled))


def _question(file: Path, said: Said) -> Question:
    return Question(
        reference=file,
        current=file,
        labels=None,
        key="id",
        label=said.label,
        prediction=said.prediction,
        score=said.score or None,
        kind=said.kind,  # type: ignore[arg-type]  # as the options or the vocabulary have it
        positive=said.positive,
        window_rows=1,
        detector=None,
        least_labelled=1,
        least_coverage=0,
        classes=said.classes if said.kind == "multiclass" else (),
        listed_by=said.listed_by,
        is_place=said.is_place,
        cutoff=said.cutoff,
    )


def _contract(file: Path) -> Contract:
    try:
        return load(file.read_bytes(), str(file))
    except (OSError, ContractError) as error:
        raise CommandError(f"{file}: {error}") from error
