"""Whether features go together as in the reference, two by two; each alone may look as ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from assay.api.drift.v1 import window_pb2
from assay.drift.judging.memory import CLEAR_AFTER, Memory, overlap_of
from assay.drift.judging.pairs_learning import PairsLearning, can_teach
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.monitoring.concept.states import Standing
from assay.monitoring.multivariate import PairFinding, PairReference, PairSums, PairVerdict
from assay.monitoring.multivariate import judge_pairs as held_to
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.predicted import LABEL, SCORE
from assay.monitoring.verdicts import q_for
from assay.monitoring.verdicts.budget import SHARE
from assay.monitoring.verdicts.standing import CALM_P, CALM_SHARE, CRITICAL_P

__all__ = ["FLOOR", "MOST_TOLD", "Paired", "judge_pairs"]

FLOOR = 0.1
"""Change of a correlation from which it counts."""
TORN = 0.3
"""Change from which one window is enough where it is as good as sure."""
MOST_TOLD, MOST_KEPT = 32, 256
"""Pairs that a window tells of, and that are remembered from one to the next."""

FIRING, PENDING, OK = window_pb2.DRIFT_STATE_FIRING, window_pb2.DRIFT_STATE_PENDING, window_pb2.DRIFT_STATE_OK
INSUFFICIENT, LEARNING = window_pb2.DRIFT_STATE_INSUFFICIENT, window_pb2.DRIFT_STATE_LEARNING
TOO_FEW = f"no pair of features has {LEAST_ROWS} rows with both"

Key = tuple[str, str]


class Paired(NamedTuple):
    """What a window says of its pairs; without a verdict none are watched."""

    verdict: window_pb2.PairsVerdict | None = None
    pairs: tuple[window_pb2.PairMoved, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A pair that moved lately, or fires; those that began to do so first stand first."""

    place: int
    memory: Memory


@dataclass(frozen=True, slots=True)
class _Past:
    """What a window leaves to the next, all of one reference."""

    against: str = ""
    learning: PairsLearning = field(default_factory=PairsLearning)
    kept: tuple[tuple[Key, _Kept], ...] = ()

    @classmethod
    def of(cls, state: Mapping[str, object], against: str) -> _Past:
        """Read a state; with another reference than before all begins anew."""
        match state:
            case {"against": str(found), "learning": learning, "kept": list(kept)} if found == against:
                pairs = [
                    ((str(left), str(right)), _Kept(int(place), Memory.from_json(memory)))
                    for left, right, place, memory in kept
                ]
                return cls(against, PairsLearning.from_json(learning), tuple(pairs))
        return cls(against)

    def as_json(self) -> dict[str, object]:
        kept = [[*key, each.place, each.memory.as_json()] for key, each in self.kept]
        return {"against": self.against, "learning": self.learning.as_json(), "kept": kept}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A pair as it stands after the window; `finding` is None where the window has too few rows of it."""

    key: Key
    state: window_pb2.DriftState.ValueType
    finding: PairFinding | None
    kept: _Kept


def judge_pairs(
    model: WatchedModel,
    reference: Reference | None,
    stretch: tuple[int, int],
    totals: Totals,
    state: dict[str, object],
) -> tuple[Paired, dict[str, object]]:
    """Return what a window says of pairs, those that fire or are in doubt among them, and the state after it.

    A pair moves as `assay drift correlations` says it does, at the q that keeps to the budget. It fires in the second of three
    windows in which it moved, or in one where it is as good as sure and torn apart; three calm windows end it. Where the
    reference does not tell how pairs vary, the first twenty windows show it.

    Args:
        model: it says whether pairs are watched, and the budget.
        reference: with the pairs that are watched.
        stretch: where the window begins and ends.
        totals: what its rows came to.
        state: as it was returned for the window before; empty before the first.
    """
    if reference is None or reference.pairs is None or not model.monitoring.pairs:
        return Paired(), {}
    past = _Past.of(state, reference.id)
    sums = totals.pairs.get(reference.id)
    if sums is None or sums.rows.shape != reference.pairs.rows.shape:
        return Paired(), past.as_json()
    held = _held(reference.pairs, past.learning)
    if held is None:
        told, learning = _learning(reference.pairs, sums, stretch, past.learning)
        return Paired(told), _Past(past.against, learning, past.kept).as_json()
    pairs = len(held.names) * (len(held.names) - 1) // 2
    q = q_for(SHARE * model.monitoring.false_raises, pairs, model.monitoring.windows_a_month)
    verdict = held_to(held, sums, q, FLOOR)
    seen = [*_seen(verdict, dict(past.kept), overlap_of(model.monitoring))]
    mattering = ((each.key, each.kept) for each in seen if _matters(each.kept))
    kept = sorted(mattering, key=lambda each: (not each[1].memory.firing, each[1].place))
    after = _Past(past.against, past.learning, tuple(kept[:MOST_KEPT]))
    return _told(reference.profile, held, sums, verdict, seen), after.as_json()


def _held(pairs: PairReference, learning: PairsLearning) -> PairReference | None:
    """What pairs are held to; None while that is learnt."""
    if (pairs.windows >= LEAST_WINDOWS).any():
        return pairs
    return learning.reference(pairs.names) if learning.is_done else None


def _learning(
    pairs: PairReference, sums: PairSums, stretch: tuple[int, int], before: PairsLearning
) -> tuple[window_pb2.PairsVerdict, PairsLearning]:
    if not can_teach(sums):
        return window_pb2.PairsVerdict(state=INSUFFICIENT, floor=FLOOR, note=TOO_FEW), before
    after = before.with_window(pairs.names, sums, *stretch)
    note = f"{after.windows} of {LEAST_WINDOWS} windows that show how features go together"
    return window_pb2.PairsVerdict(state=LEARNING, floor=FLOOR, note=note), after


def _seen(verdict: PairVerdict, before: Mapping[Key, _Kept], overlap: int) -> Iterator[_Seen]:
    """Give the pairs that moved or are remembered, the surest first."""
    place = max((each.place for each in before.values()), default=-1) + 1
    tested = set()
    for finding in verdict.findings:
        key = (finding.left, finding.right)
        known = before.get(key)
        if known is None and not finding.moved:
            continue
        known = known or _Kept(place, Memory())
        tested.add(key)
        standing = _standing(finding, known.memory, overlap)
        at = place if standing.firing and not known.memory.firing else known.place
        place = max(place, at + 1)
        memory = known.memory.after(standing, overlap, spoke=finding.moved)
        state = FIRING if standing.firing else PENDING if finding.moved else OK
        yield _Seen(key, state, finding, _Kept(at, memory))
    for key, known in before.items():
        if key not in tested:
            yield _Seen(key, INSUFFICIENT, None, known)


def _standing(finding: PairFinding, memory: Memory, overlap: int) -> Standing:
    """One that fires is over when it is calm, and not when it is no more quite sure."""
    calm = finding.p > CALM_P or abs(finding.effect) < CALM_SHARE * FLOOR
    speaks = not calm if memory.firing else finding.moved
    sure = finding.moved and finding.p < CRITICAL_P and abs(finding.effect) >= TORN
    return memory.standing(overlap).after(speaks, sure=sure, clear_after=CLEAR_AFTER * overlap)


def _matters(kept: _Kept) -> bool:
    return kept.memory.firing or bool(kept.memory.spoke)


def _told(profile: Profile, held: PairReference, sums: PairSums, verdict: PairVerdict, seen: list[_Seen]) -> Paired:
    """The verdict, and the pairs that fire, in the order in which they began, then those in doubt, then what is over.

    So one that is told of is told of until it is over, however many fire.
    """
    firing = [each for each in seen if each.state == FIRING or (each.finding is None and each.kept.memory.firing)]
    firing.sort(key=lambda each: each.kept.place)
    pending = [each for each in seen if each.state == PENDING]
    over = [each for each in seen if each.state == OK and not each.kept.memory.firing and not each.kept.memory.spoke]
    listed = [*firing, *pending, *over][:MOST_TOLD]
    worst = max((each.state for each in (*firing, *pending)), default=OK, key=(INSUFFICIENT, OK, PENDING, FIRING).index)
    told = window_pb2.PairsVerdict(
        state=worst if verdict.pairs else INSUFFICIENT,
        tested=verdict.pairs,
        moved=sum(each.moved for each in verdict.findings),
        threshold=verdict.q,
        floor=verdict.floor,
        note="; ".join(_notes(profile, held, verdict, len(firing) - MOST_TOLD)),
    )
    return Paired(told, tuple(_pair(each, held, sums) for each in listed))


def _notes(profile: Profile, held: PairReference, verdict: PairVerdict, left_out: int) -> Iterator[str]:
    if not verdict.pairs:
        yield TOO_FEW
    features = [each for each in profile.names if each not in profile.notes and each not in (SCORE, LABEL)]
    if len(features) > len(held.names):
        yield f"of {len(features)} features the {len(held.names)} that are tied most to another"
    if left_out > 0:
        yield f"{left_out} more pairs fire"


def _pair(seen: _Seen, held: PairReference, sums: PairSums) -> window_pb2.PairMoved:
    left, right = seen.key
    found = seen.finding
    if found is None:
        i, j = held.names.index(left), held.names.index(right)
        before = float(np.tanh(held.mean[i, j]))
        now = float(sums.correlations()[i, j])
        rows = int(sums.rows[i, j])
        return window_pb2.PairMoved(
            left=left, right=right, state=seen.state, n=rows, before=before, now=before if now != now else now, p=1, q=1
        )
    return window_pb2.PairMoved(
        left=left, right=right, state=seen.state, n=found.n, before=found.before, now=found.now, p=found.p, q=found.q
    )
