"""What the first lists of a ranking came to, where something is known of enough of them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from assay.api.models.v1 import outcome_pb2
from assay.drift.counting.afterwards import truth_of
from assay.drift.counting.answers import Answers
from assay.drift.counting.known import Answered, Known, meet_label, pair
from assay.drift.counting.lists import first_of
from assay.drift.counting.rankings import ranking
from assay.drift.counting.records import ms_of
from assay.drift.models import WatchedModel
from assay.monitoring.concept import panes_of
from assay.monitoring.performance.papers import performance_paper

__all__ = ["performance_of_lists"]


def performance_of_lists(model: WatchedModel, answers: Answers, labels: Iterable[outcome_pb2.Label]) -> bytes:
    """Return the labelled counts of lists in their order, pane by pane; empty where too few have a label."""
    cutoff, horizon_ms = model.monitoring.ranking_cutoff, model.monitoring.horizon_s * 1000
    ruling = ranking(cutoff)
    known = {
        name: Known(Answered(at_ms, answers.version, said, np.nan, items=first_of(items, cutoff)))
        for name, at_ms, said, items in zip(
            answers.ids, answers.at_ms.tolist(), ruling.said(answers).tolist(), answers.items, strict=False
        )
        if items
    }
    for each in labels:
        if (entry := known.get(each.prediction_id)) and each.item:
            meet_label(entry, each.revision, ms_of(each, "labelled_at"), truth_of(each), each.item)
    pairs = [found for each in known.values() if (found := pair(each, horizon_ms)) is not None]
    labelled = sum(each.truth is not None for each in pairs)
    if not labelled or labelled < model.monitoring.min_coverage * len(pairs):
        return b""
    windows = [
        ruling.counted(ruling.cases((pairs[at].answered, pairs[at].truth) for at in places.tolist()), ())
        for places in np.array_split(np.arange(len(pairs)), panes_of(labelled))
    ]
    return json.dumps(performance_paper(windows)).encode()
