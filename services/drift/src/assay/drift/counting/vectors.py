"""Features that come with a record of their own: a row is counted once its prediction is there too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from assay.api.models.v1 import prediction_pb2 as pb
from assay.drift.counting.answers import labels_of
from assay.drift.counting.columns import fits, table_of_vectors
from assay.drift.counting.counting import Counting, said_columns
from assay.drift.counting.desk import Desk
from assay.drift.counting.groups import by_names, segments_of
from assay.drift.counting.known import Known, pair
from assay.drift.counting.plan import Plan
from assay.drift.counting.records import ms_of
from assay.drift.counting.samples import Samples

__all__ = ["join_vectors", "meet_vectors"]


def meet_vectors(desk: Desk, plan: Plan, messages: Sequence[pb.FeatureVector]) -> None:
    """Take vectors in; the first of a prediction stands."""
    known = desk.load([each.prediction_id for each in messages])
    changed: dict[str, Known] = {}
    for each in messages:
        time_ms = ms_of(each, "predicted_at")
        entry = known.setdefault(each.prediction_id, Known())
        if entry.vector is None and not desk.is_late(plan, time_ms):
            entry.vector, entry.vector_ms = each.SerializeToString(), time_ms
            changed[each.prediction_id] = entry
    desk.save(plan, {name: entry for name, entry in changed.items() if entry.answered is None})
    join_vectors(desk, plan, {name: entry for name, entry in changed.items() if entry.answered})


def join_vectors(desk: Desk, plan: Plan, known: Mapping[str, Known]) -> None:
    """Count rows whose prediction and features are both there."""
    if not known:
        return
    vectors = {name: pb.FeatureVector.FromString(entry.vector or b"") for name, entry in known.items()}
    fitting = {name: entry for name, entry in known.items() if fits(vectors[name], plan.model.schema)}
    counting = desk.counting(plan)
    by_version: defaultdict[str, list[str]] = defaultdict(list)
    for name, entry in fitting.items():
        assert entry.answered is not None
        by_version[entry.answered.version].append(name)
    for version, names in by_version.items():
        entries = [fitting[name] for name in names]
        _join(plan, counting, version, names, entries, [vectors[name] for name in names])
    for entry in known.values():
        entry.vector, entry.operation = b"", None
    desk.save(plan, known)


def _join(
    plan: Plan,
    counting: Counting | None,
    version: str,
    names: Sequence[str],
    entries: Sequence[Known],
    vectors: Sequence[pb.FeatureVector],
) -> None:
    table = table_of_vectors(vectors, plan.model.schema)
    before, samples = [pair(each, plan.horizon_ms) for each in entries], Samples(plan)
    words = segments_of({name: table[name] for name in plan.texts}, len(entries))
    for name, entry, own in zip(names, entries, words, strict=True):
        samples.before(name, entry)
        entry.words = own
        samples.after(name, entry)
        if counting:
            counting.operation(entry, own)
    if not counting:
        return
    samples.count(counting)
    counting.pairs(before, [pair(each, plan.horizon_ms) for each in entries])
    answered = [each.answered for each in entries if each.answered]
    scores = np.array([each.score for each in answered], dtype=np.float64)
    said = said_columns(scores, labels_of([each.label for each in answered]))
    at_ms = np.array([each.time_ms for each in answered], dtype=np.int64)
    groups = by_names(at_ms, plan.pane_ms, [each.segments for each in entries])
    counting.features(version, {**table, **said}, groups)
