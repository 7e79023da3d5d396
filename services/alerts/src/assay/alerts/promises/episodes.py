"""What windows make of the breaches of their promise: which fire, go on and resolve, and what people are told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assay.alerts.breaches import Breach, Measurement, State, Step
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.hysteresis import Flip, Memory

__all__ = ["Seen", "settled"]

Measure = Callable[[Evaluation, State], Measurement]


@dataclass(frozen=True, slots=True)
class Seen:
    """One window as it was evaluated, what is remembered after it, and what it makes of its promise."""

    evaluation: Evaluation
    memory: Memory
    flip: Flip | None


def settled(
    seen: Sequence[Seen], known: Sequence[Breach], measure: Measure, *, reaches_end: bool, is_observed: bool = False
) -> list[Step]:
    """Return how the breaches of a promise move with windows that were evaluated, one after the other without a gap.

    Each stretch of event time in which the promise is broken is told once, when it is first seen, and its end once. Windows
    that are evaluated again tell of what that changes: a stretch that nobody knew of, or an end to one that is no more.

    Args:
        seen: the windows, the oldest first.
        known: the newest breaches of the promise, the oldest first.
        measure: makes the measurement that is told of a window.
        reaches_end: whether the last of them is the newest window of the promise.
        is_observed: whether the contract is only observed: it calls nobody, but what fired before is told to be over.
    """
    walk = _Walk(list(known), measure, is_observed=is_observed)
    for each in seen:
        walk.take(each)
    if seen and reaches_end:
        walk.end(seen)
    return walk.steps


class _Walk:
    """Goes through windows in order; `here` is the breach of the stretch that it is in."""

    def __init__(self, known: list[Breach], measure: Measure, *, is_observed: bool) -> None:
        self.steps: list[Step] = []
        self._known = known
        self._measure = measure
        self._is_observed = is_observed
        self._here = known[-1] if known and known[-1].is_open else None

    def take(self, seen: Seen) -> None:
        evaluation = seen.evaluation
        if seen.flip is Flip.FIRES:
            covering = next((each for each in reversed(self._known) if _covers(each, evaluation)), None)
            if covering is None:
                self._open(evaluation)
            else:
                self._here = covering
        elif seen.flip is Flip.RESOLVES:
            self._resolve(evaluation)
        if seen.memory.is_firing and evaluation.outcome is Outcome.BROKEN:
            self._go_on(evaluation)

    def end(self, seen: Sequence[Seen]) -> None:
        """Bring what is known in line with how the promise stands after its newest window."""
        last, newest = seen[-1], self._known[-1] if self._known else None
        is_open = newest is not None and newest.is_open
        if last.memory.is_firing and not is_open:
            broken = [each.evaluation for each in seen if each.evaluation.outcome is Outcome.BROKEN]
            if broken:
                self._open(broken[-1])
        elif not last.memory.is_firing and is_open:
            kept = [each.evaluation for each in seen if each.evaluation.outcome is Outcome.KEPT]
            self._here = newest
            self._resolve(kept[-1] if kept else last.evaluation)

    def _open(self, evaluation: Evaluation) -> None:
        if self._is_observed:
            return
        fired = self._measure(evaluation, State.FIRING)
        again = sum(each.fired.window_start_ms == evaluation.start_ms for each in self._known)
        self._here = Breach(fired=fired, latest=fired, again=again)
        self._keep(self._here, State.FIRING)

    def _go_on(self, evaluation: Evaluation) -> None:
        """A window more, or the newest one measured anew; the same again changes nothing."""
        here = self._here
        if here is None or not here.is_open or evaluation.start_ms < here.latest.window_start_ms:
            return
        latest = self._measure(evaluation, State.FIRING)
        if latest != here.latest:
            self._here = replace(here, latest=latest)
            self._keep(self._here, None)

    def _resolve(self, evaluation: Evaluation) -> None:
        """The end of the stretch; not where the breach goes on in a later window, which others measured."""
        here = self._here
        if here is None or not here.is_open or evaluation.start_ms < here.latest.window_start_ms:
            return
        self._here = replace(here, resolved=self._measure(evaluation, State.RESOLVED))
        self._keep(self._here, State.RESOLVED)

    def _keep(self, breach: Breach, notice: State | None) -> None:
        self.steps.append(Step(breach, notice))
        self._known = [each for each in self._known if each.id != breach.id]
        self._known.append(breach)
        self._known.sort(key=lambda each: each.fired.window_start_ms)


def _covers(breach: Breach, evaluation: Evaluation) -> bool:
    """Whether people know of this window as one of a stretch that is broken: from its first window to its newest."""
    if evaluation.start_ms < breach.fired.window_start_ms:
        return False
    return breach.is_open or evaluation.start_ms <= breach.latest.window_start_ms
