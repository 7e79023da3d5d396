"""The first rows of a version of a model, put together from all partitions, and the reference that they are. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.api.models.v1 import outcome_pb2, prediction_pb2
from assay.drift.counting.afterwards import truth_of
from assay.drift.counting.answers import Answers
from assay.drift.counting.columns import fits, table_of_vectors
from assay.drift.counting.counting import said_columns
from assay.drift.counting.known import Truth
from assay.drift.counting.performance import Cases, ruling_of
from assay.drift.counting.records import ms_of
from assay.drift.models import WatchedModel
from assay.drift.references.first_lists import performance_of_lists
from assay.monitoring.checking import windows_of_time
from assay.monitoring.concept import calibration_of, edges_of, panes_of
from assay.monitoring.losses import LossModel, loss_model_of, profile_with_losses
from assay.monitoring.multivariate import PairReference, pairs_of, profile_with_pairs
from assay.monitoring.performance import MulticlassCounts
from assay.monitoring.performance.labels import Entry, Label, Prediction, met, pair_of
from assay.monitoring.performance.papers import performance_paper
from assay.monitoring.profiles import Labels, Numbers, Profile, Table, profile_of
from assay.monitoring.profiles.columns import Column
from assay.monitoring.profiles.papers import profile_to_json

__all__ = ["Learnt", "learnt", "put_together"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Learnt(NamedTuple):
    """The documents of a reference; without labels enough, the second is empty."""

    profile: bytes
    performance: bytes


def put_together(parts: Sequence[Answers], wanted: int) -> Answers | None:
    """Return the first rows by event time, each prediction once; None where there are not as many as are wanted."""
    if not parts:
        return None
    whole = _joined(parts)
    order = np.argsort(whole.at_ms, kind="stable")
    seen: dict[str, int] = {}
    for row in order.tolist():
        seen.setdefault(whole.ids[row], row)
        if len(seen) == wanted:
            return whole.take(np.array([*seen.values()], dtype=np.int64))
    return None


def learnt(
    model: WatchedModel,
    answers: Answers,
    vectors: Mapping[str, prediction_pb2.FeatureVector],
    labels: Iterable[outcome_pb2.Label],
) -> Learnt | None:
    """Return the reference that rows are, in order of event time; None where no row has features or says anything.

    Args:
        model: its schema says what features there are, its kind how labels are counted.
        answers: of one version.
        vectors: features by prediction id, where they come with a record of their own.
        labels: of these predictions, and of others.
    """
    table = answers.features
    if table is None:
        rows = [row for row, name in enumerate(answers.ids) if name in vectors and fits(vectors[name], model.schema)]
        answers = answers.take(np.array(rows, dtype=np.int64))
        table = table_of_vectors([vectors[name] for name in answers.ids], model.schema) if rows else {}
    if not len(answers):
        return None
    ruling = ruling_of(model.kind, model.classes, cutoff=model.monitoring.ranking_cutoff)
    scores = ruling.scores(answers) if ruling else answers.scores
    said = {name: column for name, column in said_columns(scores, answers.labels).items() if _says_anything(column)}
    labels = list(labels)
    whole = {**table, **said}
    profile = profile_of(whole, moments_s=answers.at_ms / 1000)
    pairs = _pairs(model, profile, answers, table)
    text = profile_with_pairs(profile_to_json(profile), pairs)
    performance = _performance(model, answers, labels)
    if model.kind == "regression" and performance:
        text = profile_with_losses(text, _losses(model, answers, labels, whole, profile, pairs))
    return Learnt(text.encode(), performance)


def _pairs(model: WatchedModel, profile: Profile, answers: Answers, table: Table) -> PairReference | None:
    """How features go together in windows as long as those to come; where there are too few of them, they will show it."""
    if not model.monitoring.pairs:
        return None
    return pairs_of(profile, table, windows_of_time(answers.at_ms / 1000, model.monitoring.window_s))


def _losses(
    model: WatchedModel,
    answers: Answers,
    labels: Iterable[outcome_pb2.Label],
    table: Table,
    profile: Profile,
    pairs: PairReference | None,
) -> LossModel | None:
    """How large errors are by the features, where there are labels enough."""
    ruling = ruling_of(model.kind, model.classes)
    if ruling is None:
        return None
    truths = np.array([ruling.truth(each) for each in _truths(model, answers, labels)], dtype=np.float64)
    return loss_model_of(profile, pairs, table, ruling.said(answers), truths)


def _performance(model: WatchedModel, answers: Answers, labels: Iterable[outcome_pb2.Label]) -> bytes:
    if model.kind == "ranking":
        return performance_of_lists(model, answers, labels)
    ruling = ruling_of(model.kind, model.classes)
    if ruling is None:
        return b""
    known = _truths(model, answers, labels)
    truths = np.array([ruling.truth(each) for each in known], dtype=np.float64)
    said, scores, shares = ruling.said(answers), ruling.scores(answers), ruling.shares(answers)
    labelled = int((~np.isnan(truths) & ~np.isnan(said)).sum())
    if not labelled or labelled < model.monitoring.min_coverage * len(answers):
        return b""
    edges = edges_of(said) if model.kind == "regression" else ()

    def cases(rows: Ints) -> Cases:
        found = Cases()
        found.add(said[rows], scores[rows], shares[rows], truths[rows])
        return found

    every = np.arange(len(answers))
    whole = ruling.counted(cases(every), edges)
    calibration = calibration_of(whole) if isinstance(whole, MulticlassCounts) else None
    by = ruling_of(model.kind, model.classes, calibration) or ruling
    windows = [by.counted(cases(rows), edges) for rows in np.array_split(every, panes_of(labelled))]
    return json.dumps(performance_paper(windows)).encode()


def _truths(model: WatchedModel, answers: Answers, labels: Iterable[outcome_pb2.Label]) -> list[Truth]:
    """What is true of each prediction, as far as it is known."""
    entries: dict[str, Entry[None]] = {
        name: Entry(Prediction(name, at_ms, None))
        for name, at_ms in zip(answers.ids, answers.at_ms.tolist(), strict=True)
    }
    for each in labels:
        if entry := entries.get(each.prediction_id):
            label = Label(each.prediction_id, each.revision, ms_of(each, "labelled_at"), truth_of(each))
            entries[each.prediction_id] = met(entry, label)
    pairs = [pair_of(entry, model.monitoring.horizon_s * 1000) for entry in entries.values()]
    return [None if found is None else found.truth for found in pairs]


def _says_anything(column: Column) -> bool:
    return bool(column.finite().size) if isinstance(column, Numbers) else bool((column.codes >= 0).any())


def _joined(parts: Sequence[Answers]) -> Answers:
    first = parts[0]
    wide = next((each.shares.shape[1] for each in parts if each.shares is not None), 0)
    tables = [each.features for each in parts]
    features = None if any(each is None for each in tables) else _tables([each for each in tables if each is not None])
    return Answers(
        version=first.version,
        ids=[name for each in parts for name in each.ids],
        at_ms=np.concatenate([each.at_ms for each in parts]),
        arrived_ms=np.concatenate([each.arrived_ms for each in parts]),
        scores=np.concatenate([each.scores for each in parts]),
        labels=_labels([each.labels for each in parts]),
        shares=np.concatenate([_shares(each, wide) for each in parts]) if wide else None,
        thresholds=np.concatenate([each.thresholds for each in parts]),
        latencies_ms=np.concatenate([each.latencies_ms for each in parts]),
        failures={},
        fallbacks=frozenset(),
        words={},
        users=(),
        features=features,
        items=_items(parts),
    )


def _shares(answers: Answers, wide: int) -> Floats:
    return np.full((len(answers), wide), np.nan) if answers.shares is None else answers.shares


def _items(parts: Sequence[Answers]) -> Sequence[tuple[str, ...]]:
    if not any(each.items for each in parts):
        return ()
    return [items for each in parts for items in each.items or ((),) * len(each)]


def _tables(tables: Sequence[Table]) -> Table:
    return {name: _column([table[name] for table in tables]) for name in tables[0]}


def _column(columns: Sequence[Column]) -> Column:
    words = [each for each in columns if isinstance(each, Labels)]
    if words:
        return _labels(words)
    numbers = [each for each in columns if isinstance(each, Numbers)]
    present = [np.ones(len(each), dtype=np.bool_) if each.present is None else each.present for each in numbers]
    return Numbers(np.concatenate([each.values for each in numbers]), np.concatenate(present))


def _labels(columns: Sequence[Labels]) -> Labels:
    """Words of many dictionaries in one."""
    places: dict[str, int] = {}
    codes: list[Ints] = []
    for each in columns:
        to = np.array([*(places.setdefault(word, len(places)) for word in each.words), -1], dtype=np.int64)
        codes.append(to[each.codes])
    return Labels(np.concatenate(codes), tuple(places))
