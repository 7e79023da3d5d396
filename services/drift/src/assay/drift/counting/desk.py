"""What the folds of all logs share: the plan of the model, what is known by id, the tally, and how far event time is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.counting import Counting
from assay.drift.counting.joins import Joins
from assay.drift.counting.known import Known, Sampled, lost, until_ms
from assay.drift.counting.plan import Plan, References
from assay.drift.counting.sessions import Done
from assay.drift.counting.tally import Place, Tally
from assay.drift.counting.users import Share

__all__ = ["Desk", "sampled"]

Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NEVER_MS = -(2**62)
AT_ONCE = 20_000
"""Ids that are read in one go to be forgotten."""


@dataclass(slots=True)
class Desk:
    """One partition number of one model. Nothing is tallied of what is read again."""

    joins: Joins
    references: References
    tally: Tally
    watermark_ms: int | None = None
    is_read_again: bool = False
    unfit: set[str] = field(default_factory=set)

    def counting(self, plan: Plan) -> Counting | None:
        """Return what counts for the tally; None of what was counted before."""
        return None if self.is_read_again else Counting(plan, self.references, self.tally, self.unfit)

    def load(self, ids: Sequence[str]) -> dict[str, Known]:
        """Return what is known under ids, as far as there is something."""
        return self.joins.load(ids)

    def save(self, plan: Plan, found: Mapping[str, Known]) -> None:
        """Keep what is known now."""
        if found:
            horizon_ms = plan.horizon_ms
            self.joins.save({name: (until_ms(known, horizon_ms), known) for name, known in found.items()})

    def pass_time(self, plan: Plan, at_ms: Ints, arrived_ms: Ints) -> Booleans:
        """Move event time on with predictions in the order of their log; say which of them come too late to be joined.

        Event time is never ahead of arrival: one clock that is wrong would make all others late.
        """
        passed = np.minimum(at_ms, arrived_ms) - plan.lateness_ms
        first = NEVER_MS if self.watermark_ms is None else self.watermark_ms
        stands = np.maximum.accumulate(np.concatenate([[first], passed]))
        self.watermark_ms = int(stands[-1])
        late: Booleans = at_ms < stands[:-1] - plan.horizon_ms
        if not self.is_read_again:
            self.tally.seen(int(at_ms.max()), int(arrived_ms.max()))
            self.tally.forgotten += int(late.sum())
        return late

    def is_late(self, plan: Plan, time_ms: int) -> bool:
        """Whether something comes when all that it could belong to is forgotten."""
        return self.watermark_ms is not None and time_ms + plan.horizon_ms < self.watermark_ms

    def share(self, plan: Plan, time_ms: int, share: Share) -> None:
        """Add to a user's totals, of whatever version: variants are versions as a rule."""
        if not self.is_read_again:
            self.tally.at(("", "", plan.start_of(time_ms), plan.pane_ms)).share(share)

    def active(self, plan: Plan, found: Done | None) -> None:
        """Add to a user's sessions, where a metric asks for them."""
        if found is not None and not self.is_read_again:
            place = ("", "", plan.start_of(found.session.first_ms), plan.pane_ms)
            self.tally.at(place).active(found, 1000 * plan.model.monitoring.session_gap_s)

    def forget(self, plan: Plan) -> None:
        """Forget all that nothing can come of any more; labels, actions and outcomes that never counted are unmatched.

        None is left for later: what was forgotten, and said to be, follows from how far event time is.
        """
        if self.watermark_ms is None:
            return
        while gone := self.joins.take_expired(self.watermark_ms, AT_ONCE):
            if not self.is_read_again:
                self.tally.unmatched += sum(lost(each, plan.horizon_ms) for each in gone)


def sampled(plan: Plan, known: Known, feature: str) -> list[tuple[Place, Sampled]]:
    """Return where a sample counts: by its prediction's time and segments where that is known, else by its own time."""
    sample = known.samples.get(feature)
    if sample is None:
        return []
    time_ms = known.answered.time_ms if known.answered else sample.time_ms
    start_ms = plan.start_of(time_ms)
    return [((sample.version, segment, start_ms, plan.pane_ms), sample) for segment in known.segments]
