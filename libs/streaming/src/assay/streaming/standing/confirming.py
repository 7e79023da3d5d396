"""A watermark counts once every partition has spoken again: what one is behind with is seen then. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.streaming.standing.partitions import PartitionState

__all__ = ["Confirming"]

SKEW_MS = 60_000
"""Clocks of those who write panes differ by less; a partition that has spoken for so long by ours needs not be waited for."""


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A watermark as it was found, by what panes up to `at_ms` said; `found_ms` by the clock of who looks."""

    watermark_ms: int
    at_ms: int
    found_ms: int

    def is_passed_by(self, state: PartitionState) -> bool:
        """Whether a pane of this partition was closed after those that the watermark was found by."""
        return state.at_ms >= self.at_ms or state.seen_ms >= self.found_ms + SKEW_MS


@dataclass(slots=True)
class _Held:
    confirmed_ms: int | None = None
    awaited: _Awaited | None = None


class Confirming:
    """Holds back each watermark until no partition can be behind it unseen.

    Partitions are read side by side. One that rests is left out of the watermark, and may have got records just before
    another told of later ones, as when old records are replayed at once, or when panes that waited are folded topic by
    topic. Its next pane, a heartbeat after five seconds at most, says so: the lower of the watermark then and the one
    that was found before is confirmed.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def at(self, name: str, found_ms: int | None, states: Sequence[PartitionState], now_ms: int) -> int | None:
        """Return how far a watermark is confirmed; None for not at all since this process began.

        Args:
            name: whose watermark it is: a contract, a model.
            found_ms: the watermark that its partitions give now.
            states: those partitions.
            now_ms: the wall clock.
        """
        its = self._held.setdefault(name, _Held())
        if found_ms is None:
            return its.confirmed_ms
        if its.awaited is None:
            its.awaited = _Awaited(found_ms, max((each.at_ms for each in states), default=0), now_ms)
        if all(map(its.awaited.is_passed_by, states)):
            sure_ms = min(its.awaited.watermark_ms, found_ms)
            its.confirmed_ms = sure_ms if its.confirmed_ms is None else max(its.confirmed_ms, sure_ms)
            its.awaited = None
        return its.confirmed_ms
