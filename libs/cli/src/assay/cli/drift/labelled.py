"""A reference with what its model said and what turned out to be true: profile and labelled counts in one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from assay.cli.drift.asking import Asked, Cut, order_of, profile_and_cut
from assay.cli.errors import CommandError
from assay.cli.performance.asking import Question
from assay.cli.performance.columns import columns_of
from assay.cli.performance.models import model_of
from assay.contracts import Contract, ContractError, load
from assay.contracts.model_log import Feature
from assay.monitoring.concept import panes_of
from assay.monitoring.multivariate import PairReference, pairs_of, profile_with_pairs
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS
from assay.monitoring.performance.papers import ModelCounts, profile_with
from assay.monitoring.profiles.papers import profile_to_json
from assay.monitoring.profiles.predicted import LABEL, SCORE

__all__ = ["Said", "reference_text", "said_in"]

Kind = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True, slots=True)
class Said:
    """Columns of what a model said and of what became true; empty where there is none. And what the model is."""

    label: str = ""
    prediction: str = ""
    score: str = ""
    kind: str = "binary"
    positive: str = "1"
    classes: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All of them: they are no features."""
        each = {f"{self.score}_{name}" for name in self.classes} if self.score else set()
        return frozenset({self.label, self.prediction, self.score, *each} - {""})


def said_in(contracts: Sequence[Path], asked: Asked, said: Said) -> tuple[Asked, Said]:
    """Take features, kind and classes from contracts of a model.

    Raises:
        CommandError: one can't be used, or none names features.
    """
    if not contracts:
        return asked, said
    features: dict[str, Feature] = {}
    for log in (_contract(file).model_log for file in contracts):
        if log is None:
            raise CommandError("a contract of a model says so in assay.model; give those of predictions and features")
        features |= {each.name: each for each in log.features}
        if log.kind:
            positive = log.classes[-1] if log.kind == "binary" and log.classes else said.positive
            said = replace(said, kind=log.kind, positive=positive, classes=log.classes)
    if not features:
        raise CommandError("no contract names features; with the layout `rows` give that of the features too")
    numeric = {each.name: each.type != "string" for each in features.values()}
    return replace(asked, numeric=numeric, only=frozenset(features)), said


def reference_text(file: Path, asked: Asked, said: Said) -> str:
    """Return the document of a reference.

    Raises:
        CommandError: the file can't be used, or the model is of a kind that is not counted.
    """
    also = _also(said)
    asked = replace(
        asked,
        ignored=asked.ignored | said.columns,
        numeric={**asked.numeric, SCORE: True, LABEL: False},
        only=None if asked.only is None else asked.only | set(also),
    )
    profile, cut = profile_and_cut(file, asked, also)
    pairs = pairs_of(profile, cut.table, cut.windows)
    if asked.window_rows or asked.window_minutes:
        _has_windows(file, cut, pairs)
    text = profile_with_pairs(profile_to_json(profile), pairs)
    return profile_with(text, _counts(file, asked, said)) if said.label else text


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
    found = {SCORE: said.score} if said.score and said.kind == "binary" else {}
    return found | ({LABEL: said.prediction} if said.prediction else {})


def _counts(file: Path, asked: Asked, said: Said) -> list[ModelCounts]:
    if said.kind not in get_args(Kind):
        raise CommandError(f"labels of a model of kind {said.kind} are not counted; leave --label out")
    columns = columns_of(file)
    for name in (said.label, said.prediction):
        if name not in columns:
            raise CommandError(f"{file}: there is no column {name!r}, there are {', '.join(columns)}")
    order = order_of(file, asked)
    columns = {name: [column[at] for at in order] for name, column in columns.items()}
    labelled = sum(each is not None for each in columns[said.label])
    if not labelled:
        raise CommandError(f"{file}: no row has a label in {said.label!r}; leave --label out")
    model = model_of(_question(file, said), columns)
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
        kind=said.kind,  # type: ignore[arg-type]  # one that is counted, as was just seen
        positive=said.positive,
        window_rows=1,
        detector=None,
        least_labelled=1,
        least_coverage=0,
        classes=said.classes if said.kind == "multiclass" else (),
    )


def _contract(file: Path) -> Contract:
    try:
        return load(file.read_bytes(), str(file))
    except (OSError, ContractError) as error:
        raise CommandError(f"{file}: {error}") from error
