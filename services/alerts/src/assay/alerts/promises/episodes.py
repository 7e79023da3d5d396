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
    seen: Sequence[Seen],
    known: Sequence[Breach],
    measure: Measure,
    *,
    was_firing: bool,
    reaches_end: bool,
    is_observed: bool = False,
) -> list[Step]:
    """Return how the breaches of a promise move with windows that were evaluated, one after the other without a gap.

    Each stretch of event time in which the promise is broken is told once, when it is first seen, and its end once. Windows
    that are evaluated again tell of what that changes: a stretch that nobody knew of, or an end to one that is no more.
    Afterwards a breach is open exactly where the promise is firing, if the newest window is reached.

    Args:
        seen: the windows, the oldest first.
        known: the newest breaches of the promise, the oldest first.
        measure: makes the measurement that is told of a window.
        was_firing: whether the promise was broken before the first of them.
        reaches_end: whether the last of them is the newest window of the promise.
        is_observed: whether the contract is only observed: it calls nobody, but what fired before is told to be over.
    """
    settling = _Settling(list(known), measure, is_observed=is_observed)
    for stretch in _stretches(seen, was_firing=was_firing):
        settling.take(stretch)
    if seen and reaches_end:
        settling.end(seen)
    return settling.steps


@dataclass(slots=True)
class _Stretch:
    """Windows over which a promise is firing; it has no beginning where that was before what was seen, and no end while
    it goes on."""

    from_ms: int
    begin: Evaluation | None
    broken: list[Evaluation]
    end: Evaluation | None = None

    @property
    def to_ms(self) -> int | None:
        """The start of its last broken window, None while it goes on."""
        if self.end is None:
            return None
        return self.broken[-1].start_ms if self.broken else self.from_ms


def _stretches(seen: Sequence[Seen], *, was_firing: bool) -> list[_Stretch]:
    found = [_Stretch(seen[0].evaluation.start_ms, None, [])] if seen and was_firing else []
    for each in seen:
        if each.flip is Flip.FIRES:
            found.append(_Stretch(each.evaluation.start_ms, each.evaluation, []))
        if each.flip is Flip.RESOLVES:
            found[-1].end = each.evaluation
        elif each.memory.is_firing and each.evaluation.outcome is Outcome.BROKEN:
            found[-1].broken.append(each.evaluation)
    return found


class _Settling:
    """Brings what is known of a promise's breaches in line with its stretches."""

    def __init__(self, known: list[Breach], measure: Measure, *, is_observed: bool) -> None:
        self.steps: list[Step] = []
        self._known = known
        self._measure = measure
        self._is_observed = is_observed

    def take(self, stretch: _Stretch) -> None:
        """Tell of a stretch that nobody knows of, and of its end; let one that is known go on."""
        breach = self._of(stretch)
        if breach is None:
            breach = self._open(stretch.begin) if stretch.begin is not None else None
        if breach is None or not breach.is_open:
            return
        if stretch.broken:
            breach = self._go_on(breach, stretch.broken[-1])
        if stretch.end is not None and stretch.end.start_ms >= breach.latest.window_start_ms:
            self._resolve(breach, stretch.end)

    def end(self, seen: Sequence[Seen]) -> None:
        """Bring what is known in line with how the promise stands after its newest window."""
        last = seen[-1]
        still_open = [each for each in self._known if each.is_open]
        if last.memory.is_firing:
            broken = [each.evaluation for each in seen if each.evaluation.outcome is Outcome.BROKEN]
            if not still_open:
                self._open_again(broken)
            return
        for breach in still_open:
            if breach.latest.window_start_ms <= last.evaluation.start_ms:
                kept = [each.evaluation for each in seen if each.evaluation.outcome is Outcome.KEPT]
                self._resolve(breach, kept[-1] if kept else last.evaluation)

    def _of(self, stretch: _Stretch) -> Breach | None:
        """The breach by which people know of a stretch: the open one if it meets it, else the newest that does."""
        meeting = [each for each in self._known if _meets(each, stretch)]
        return max(meeting, key=lambda each: (each.is_open, each.fired.window_start_ms), default=None)

    def _open_again(self, broken: Sequence[Evaluation]) -> None:
        """Open a breach of a promise that is firing and of which none is open, though it was told to be over."""
        if broken:
            self._open(broken[-1])
        elif self._known:  # its windows are all older than those seen: the one that ended it says nothing any more
            newest = max(self._known, key=lambda each: each.latest.window_start_ms)
            self._fire(replace(newest.latest, state=State.FIRING))

    def _open(self, evaluation: Evaluation) -> Breach | None:
        return self._fire(self._measure(evaluation, State.FIRING))

    def _fire(self, fired: Measurement) -> Breach | None:
        if self._is_observed:
            return None
        again = sum(each.fired.window_start_ms == fired.window_start_ms for each in self._known)
        return self._keep(Breach(fired=fired, latest=fired, again=again), State.FIRING)

    def _go_on(self, breach: Breach, evaluation: Evaluation) -> Breach:
        """A window more, or the newest one measured anew; the same again changes nothing."""
        latest = self._measure(evaluation, State.FIRING)
        if evaluation.start_ms < breach.latest.window_start_ms or latest == breach.latest:
            return breach
        return self._keep(replace(breach, latest=latest), None)

    def _resolve(self, breach: Breach, evaluation: Evaluation) -> None:
        self._keep(replace(breach, resolved=self._measure(evaluation, State.RESOLVED)), State.RESOLVED)

    def _keep(self, breach: Breach, notice: State | None) -> Breach:
        self.steps.append(Step(breach, notice))
        self._known = [each for each in self._known if each.id != breach.id]
        self._known.append(breach)
        return breach


def _meets(breach: Breach, stretch: _Stretch) -> bool:
    """Whether a breach and a stretch have a window in common; what is open goes on."""
    begins_before = stretch.to_ms is None or breach.fired.window_start_ms <= stretch.to_ms
    return begins_before and (breach.is_open or stretch.from_ms <= breach.latest.window_start_ms)
