"""Rows of predictions counted into the slices of a tally: how they went, from what they were made, how good they were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.answers import Answers
from assay.drift.counting.groups import Groups
from assay.drift.counting.known import Known, Pair, Sampled
from assay.drift.counting.paired import counted_pairs
from assay.drift.counting.plan import Plan, References, edges_of
from assay.drift.counting.tally import Place, Slice, Tally
from assay.monitoring.operations import OK, operations_of
from assay.monitoring.performance.additive import Additive
from assay.monitoring.profiles import Labels, Numbers, Table
from assay.monitoring.profiles.predicted import LABEL, SCORE
from assay.monitoring.skew import Sample, SkewCounts, Value, count_skew
from assay.telemetry import get_logger

__all__ = ["Counting", "said_columns"]

log = get_logger()

C = TypeVar("C", bound=Additive)

Floats = NDArray[np.float64]


class Counting:
    """Adds to the tally of one transaction."""

    def __init__(self, plan: Plan, references: References, tally: Tally, unfit: set[str]) -> None:
        """`unfit` remembers which references were said to be unfit."""
        self._unfit = unfit
        self._plan = plan
        self._references = references
        self._tally = tally
        self._kinds = {each.name: each.type for each in plan.model.schema.features}

    def operations(self, answers: Answers, groups: Sequence[Groups]) -> None:
        """Count how answers went."""
        failed, fallback = answers.failures, answers.fallbacks
        for each in groups:
            for group, rows in each.rows():
                inside = set(rows.tolist()) if failed or fallback else set()
                failures = [failure for row, failure in failed.items() if row in inside]
                statuses = [OK] * (rows.size - len(failures)) + [status for status, _ in failures]
                errors = [error for _, error in failures if error]
                counts = operations_of(statuses, errors, answers.latencies_ms[rows], len(fallback & inside))
                self._slice(answers.version, *each.names[group]).operations += counts

    def operation(self, known: Known, segments: Iterable[str]) -> None:
        """Count how one answer went, in some segments."""
        said, gone = known.answered, known.operation
        if said is None or gone is None:
            return
        errors = [gone.error] if gone.error else []
        counts = operations_of([gone.status], errors, np.array([gone.latency_ms]), int(gone.is_fallback))
        for segment in segments:
            self._slice_at(said.version, segment, said.time_ms).operations += counts

    def features(self, version: str, table: Table, groups: Sequence[Groups]) -> None:
        """Count what answers were made from, in the bins of the reference that is in force; nothing without one.

        A column of words where the reference has numbers, or the other way round, is missing there.
        """
        held = self._references.of(self._plan.model.name, version)
        if held is None:
            return
        try:
            placed = held.profile.place(table)
        except TypeError as error:
            if held.id not in self._unfit:
                self._unfit.add(held.id)
                log.warning("reference.unfit", model=self._plan.model.name, reference=held.id, error=str(error))
            placed = held.profile.place(held.profile.fitting(table))
        for each in groups:
            cells = placed.counted(each.of_row, len(each.names))
            for name, counts in zip(each.names, cells, strict=True):
                if counts.rows:
                    self._slice(version, *name).count(held.id, counts)
            if self._plan.model.monitoring.pairs and held.pairs is not None:
                for name, sums in counted_pairs(held.profile, held.pairs, placed, each):
                    self._slice(version, *name).count_pairs(held.id, sums)

    def performance(self, answers: Answers, said: Floats, truths: Floats, groups: Sequence[Groups]) -> None:
        """Count predictions that are new, with the truths that came before them."""
        ruling = self._plan.ruling
        if ruling is None:
            return
        scores, shares = ruling.scores(answers), ruling.shares(answers)
        for each in groups:
            for group, rows in each.rows():
                cases = self._slice(answers.version, *each.names[group]).added
                cases.add(said[rows], scores[rows], shares[rows], truths[rows])

    def pairs(self, before: Iterable[Pair | None], after: Iterable[Pair | None]) -> None:
        """Count what a prediction and its truth come to now, and take away what they came to before."""
        if self._plan.ruling is None:
            return
        gone: dict[Place, list[Pair]] = {}
        come: dict[Place, list[Pair]] = {}
        for old, new in zip(before, after, strict=True):
            if old != new:
                kept = _shared(old, new)
                self._put(gone, old, kept)
                self._put(come, new, kept)
        for listed, is_new in ((gone, False), (come, True)):
            for place, pairs in listed.items():
                cases = self._plan.ruling.cases((each.answered, each.truth) for each in pairs)
                counts = self._tally.at(place)
                (counts.added if is_new else counts.taken).extend(cases)

    def skew(
        self, feature: str, before: Sequence[tuple[Place, Sampled]], after: Sequence[tuple[Place, Sampled]]
    ) -> None:
        """Count a sample where it belongs now, and take it away from where it was counted before."""
        for place, sample in before:
            if (place, sample) not in after:
                self._tally.at(place).skewed(feature, SkewCounts() - self._skew(feature, sample))
        for place, sample in after:
            if (place, sample) not in before:
                self._tally.at(place).skewed(feature, self._skew(feature, sample))

    def settle(self) -> None:
        """Turn cases that were gathered into counts."""
        if self._plan.ruling is None:
            return
        for place in [place for place, each in self._tally.slices.items() if each.added or each.taken]:
            each = self._tally.at(place)
            held = self._references.of(self._plan.model.name, place[0])
            ruling, edges = self._plan.ruling_by(held) or self._plan.ruling, edges_of(held)
            added, taken = each.take_cases()
            if added:
                each.perform(ruling.counted(added, edges))
            if taken:
                each.perform(_less(ruling.counted(taken, edges)))

    def _place(self, version: str, segment: str, time_ms: int) -> Place:
        return version, segment, self._plan.start_of(time_ms), self._plan.pane_ms

    def _put(self, places: dict[Place, list[Pair]], pair: Pair | None, kept: Collection[str]) -> None:
        if pair is not None:
            for segment in pair.segments:
                if segment not in kept:
                    at = self._place(pair.answered.version, segment, pair.answered.time_ms)
                    places.setdefault(at, []).append(pair)

    def _slice(self, version: str, segment: str, start_ms: int) -> Slice:
        return self._tally.at((version, segment, start_ms, self._plan.pane_ms))

    def _slice_at(self, version: str, segment: str, time_ms: int) -> Slice:
        return self._tally.at(self._place(version, segment, time_ms))

    def _skew(self, feature: str, sample: Sampled) -> SkewCounts:
        kind = self._kinds.get(feature, "")
        online, offline, earlier = (_typed(each, kind) for each in (sample.online, sample.offline, sample.earlier))
        return count_skew([Sample(online, offline, () if earlier is None else (earlier,))])


def said_columns(scores: Floats, labels: Labels) -> Table:
    """What a model said, as the columns that a profile may hold beside the features."""
    return {SCORE: Numbers(scores, ~np.isnan(scores)), LABEL: labels}


def _shared(old: Pair | None, new: Pair | None) -> Collection[str]:
    """The segments in which nothing changes: those of both, where the same was said and is true."""
    if old is None or new is None or old[:2] != new[:2]:
        return ()
    return {*old.segments} & {*new.segments}


def _typed(value: Value, kind: str) -> Value:
    """A value as the feature has it: whole numbers and booleans agree exactly or not at all."""
    if isinstance(value, float) and value.is_integer() and kind in ("integer", "boolean"):
        return int(value)
    return value


def _less(counts: C) -> C:
    """The counts with which another sum has these the less."""
    return (counts - counts) - counts
