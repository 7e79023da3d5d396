"""Skew samples: where each counts, before and after something became known."""

from __future__ import annotations

from collections.abc import Sequence

from assay.api.models.v1 import outcome_pb2
from assay.drift.counting.counting import Counting
from assay.drift.counting.desk import Desk, sampled
from assay.drift.counting.known import Known, Sampled
from assay.drift.counting.plan import Plan
from assay.drift.counting.records import ms_of
from assay.drift.counting.tally import Place

__all__ = ["Samples", "meet_samples"]


class Samples:
    """The samples of some ids, as they counted before and as they count now."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._before: dict[tuple[str, str], list[tuple[Place, Sampled]]] = {}
        self._after: dict[tuple[str, str], list[tuple[Place, Sampled]]] = {}

    def before(self, name: str, known: Known) -> None:
        """Take note of how the samples of an id have counted so far; of an id that is noted again the first time stands."""
        for feature in known.samples:
            if (name, feature) not in self._before:
                self._before[name, feature] = sampled(self._plan, known, feature)

    def after(self, name: str, known: Known) -> None:
        """Take note of how they count now."""
        for feature in known.samples:
            self._after[name, feature] = sampled(self._plan, known, feature)

    def count(self, counting: Counting) -> None:
        """Count what became different."""
        for (name, feature), after in self._after.items():
            counting.skew(feature, self._before.get((name, feature), []), after)


def meet_samples(desk: Desk, plan: Plan, messages: Sequence[outcome_pb2.SkewSample]) -> None:
    """Take samples in; of two of one feature and prediction the earlier stands."""
    known = desk.load([each.prediction_id for each in messages])
    samples, changed = Samples(plan), dict[str, Known]()
    for name, entry in known.items():
        samples.before(name, entry)
    for each in messages:
        time_ms = ms_of(each, "sampled_at")
        if desk.is_late(plan, time_ms):
            continue
        entry = known.setdefault(each.prediction_id, Known())
        found = Sampled(time_ms, each.model_version, *(_side(each, side) for side in ("online", "offline", "earlier")))
        old = entry.samples.get(each.feature)
        if old is None or (found.time_ms, repr(found)) < (old.time_ms, repr(old)):
            entry.samples[each.feature] = found
            samples.after(each.prediction_id, entry)
            changed[each.prediction_id] = entry
    if counting := desk.counting(plan):
        samples.count(counting)
    desk.save(plan, changed)


def _side(sample: outcome_pb2.SkewSample, side: str) -> str | float | None:
    if sample.HasField(f"{side}_text"):  # type: ignore[arg-type]  # names of fields
        return str(getattr(sample, f"{side}_text"))
    if sample.HasField(f"{side}_number"):  # type: ignore[arg-type]  # as above
        return float(getattr(sample, f"{side}_number"))
    return None
