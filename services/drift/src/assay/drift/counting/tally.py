"""What the records of one transaction come to, by version, segment and stretch of event time: the slices of a pane."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assay.api.drift.v1 import pane_pb2 as pb
from assay.drift.counting.performance import Cases
from assay.drift.counting.sessions import Done
from assay.drift.counting.users import Share
from assay.monitoring.experiments import Session, joined
from assay.monitoring.multivariate import PairSums
from assay.monitoring.multivariate.packing import packed
from assay.monitoring.operations import OperationCounts, few
from assay.monitoring.performance.additive import Additive
from assay.monitoring.performance.papers import ModelCounts, shape_of
from assay.monitoring.profiles import Cells
from assay.monitoring.skew import SkewCounts

__all__ = ["Place", "Slice", "Tally"]

KINDS = 64
"""Classes of errors that a slice tells apart."""

Place = tuple[str, str, int, int]
"""Version, segment, and the start and the length of the stretch."""


@dataclass(slots=True)
class Slice:
    """Counts of one place. What depends on a reference stands by it, for another may come into force meanwhile."""

    features: dict[str, Cells] = field(default_factory=dict)
    pairs: dict[str, PairSums] = field(default_factory=dict)
    operations: OperationCounts = field(default_factory=OperationCounts)
    added: Cases = field(default_factory=Cases)
    taken: Cases = field(default_factory=Cases)
    performance: dict[object, ModelCounts] = field(default_factory=dict)
    skew: dict[str, SkewCounts] = field(default_factory=dict)
    users: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    sessions: dict[tuple[str, str], list[Session]] = field(default_factory=dict)

    def count(self, reference: str, cells: Cells) -> None:
        """Add rows in the bins of a reference."""
        before = self.features.get(reference)
        self.features[reference] = cells if before is None else before + cells

    def count_pairs(self, reference: str, sums: PairSums) -> None:
        """Add what the pairs of rows came to that are counted in the bins of a reference."""
        before = self.pairs.get(reference)
        self.pairs[reference] = sums if before is None else before + sums

    def perform(self, counts: ModelCounts) -> None:
        """Add counts of predictions and labels; they merge where they were counted in the same way."""
        shape = shape_of(counts)
        before = self.performance.get(shape)
        self.performance[shape] = counts if before is None else before + counts  # type: ignore[operator]  # of one kind

    def take_cases(self) -> tuple[Cases, Cases]:
        """Return the cases to be added and those to be taken away, which are gathered anew from now on."""
        found = self.added, self.taken
        self.added, self.taken = Cases(), Cases()
        return found

    def skewed(self, feature: str, counts: SkewCounts) -> None:
        """Add samples of a feature."""
        before = self.skew.get(feature)
        self.skew[feature] = counts if before is None else before + counts

    def share(self, share: Share) -> None:
        """Add to the totals of a user; one who did nothing yet is there with nothing."""
        above, below = self.users.get(share[:3], (0, 0))
        self.users[share[:3]] = (above + share.numerator, below + share.denominator)

    def active(self, found: Done, gap_ms: int) -> None:
        """Add to the sessions of a user; what of them is here is joined at once."""
        of = (found.variant, found.user)
        self.sessions[of] = joined([*self.sessions.get(of, ()), found.session], gap_ms)

    def messages(self, place: Place) -> Iterator[pb.DriftSlice]:
        """Give it as it is written: as one message, and another for each further reference that was in force."""
        version, segment, start_ms, pane_ms = place
        features, performance = list(self.features.items()), list(self.performance.values())
        for number in range(max(len(features), len(performance), 1)):
            made = pb.DriftSlice(model_version=version, segment=segment, start_ms=start_ms, pane_ms=pane_ms)
            if number < len(features):
                reference, cells = features[number]
                made.features.CopyFrom(_features(reference, cells, self.pairs.get(reference)))
            if number < len(performance):
                made.performance = _json(performance[number])
            if not number:
                self._rest(made)
            yield made

    def _rest(self, made: pb.DriftSlice) -> None:
        if self.operations.requests:
            made.operations.CopyFrom(_operations(self.operations))
        made.skew.extend(
            pb.SkewCounts(feature=feature, counts=_json(counts)) for feature, counts in sorted(self.skew.items())
        )
        made.users.extend(
            pb.UserTotals(metric=metric, variant=variant, user=user, numerator=f"{above:x}", denominator=f"{below:x}")
            for (metric, variant, user), (above, below) in sorted(self.users.items())
        )
        made.sessions.extend(_session(*of, each) for of, found in sorted(self.sessions.items()) for each in found)


@dataclass(slots=True)
class Tally:
    """All slices of one transaction, and what it says of time."""

    slices: dict[Place, Slice] = field(default_factory=dict)
    rendered: dict[Place, list[pb.DriftSlice]] = field(default_factory=dict)
    """As they are written; of slices that were touched since, nothing is here."""
    max_event_ms: int | None = None
    max_arrived_ms: int | None = None
    unmatched: int = 0
    forgotten: int = 0

    def at(self, place: Place) -> Slice:
        """The slice of a place, to be added to."""
        self.rendered.pop(place, None)
        found = self.slices.get(place)
        if found is None:
            found = self.slices[place] = Slice()
        return found

    def seen(self, event_ms: int, arrived_ms: int) -> None:
        """Take note of the newest time of a prediction, and of the newest arrival of one."""
        self.max_event_ms = event_ms if self.max_event_ms is None else max(self.max_event_ms, event_ms)
        self.max_arrived_ms = arrived_ms if self.max_arrived_ms is None else max(self.max_arrived_ms, arrived_ms)

    def render(self) -> None:
        """Write out what was touched: so much less is left for the moment when the loop waits for it."""
        for place in self.slices.keys() - self.rendered.keys():
            self.rendered[place] = [*self.slices[place].messages(place)]

    def messages(self) -> Iterator[pb.DriftSlice]:
        """Give all slices as they are written, in order."""
        self.render()
        for place in sorted(self.slices):
            yield from self.rendered[place]


def _features(reference: str, cells: Cells, pairs: PairSums | None) -> pb.FeatureCounts:
    return pb.FeatureCounts(
        reference=reference,
        rows=cells.rows,
        cells=cells.counts.ravel().tolist(),
        pairs=b"" if pairs is None else packed(pairs),
    )


def _operations(counts: OperationCounts) -> pb.OperationCounts:
    return pb.OperationCounts(
        statuses=_sorted(counts.statuses),
        errors=few(counts.errors, KINDS),
        latencies=counts.latencies,
        fallbacks=counts.fallbacks,
    )


def _session(variant: str, user: str, found: Session) -> pb.UserSession:
    return pb.UserSession(
        variant=variant,
        user=user,
        first_ms=found.first_ms,
        last_ms=found.last_ms,
        events=found.events,
        amounts={metric: f"{amount:x}" for metric, amount in sorted(found.amounts.items())},
    )


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _json(counts: Additive) -> bytes:
    return zlib.compress(json.dumps(counts.written(), separators=(",", ":")).encode(), 1)
