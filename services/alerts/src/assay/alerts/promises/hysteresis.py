"""When windows that break a promise are a breach, and when those that keep it are its end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from assay.alerts.promises.evaluation import Outcome
from assay.contracts import Patience

__all__ = ["Flip", "Memory", "moved", "refolded"]

MOST_KEPT = 10
"""Windows that are remembered: patience looks back no further."""

BROKEN, KEPT, FIRING = "b", "k", "!"


class Flip(StrEnum):
    """What a window makes of a promise."""

    FIRES = "fires"
    RESOLVES = "resolves"


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered after a window: whether the promise is broken, and the windows since that last changed.

    Windows that say nothing are not remembered. Each window keeps its own memory, so that one that is evaluated again is
    judged by what came before it, and those after it follow: the end is the same in whatever order windows come.
    """

    is_firing: bool = False
    recent: str = ""
    """`b` for a broken window, `k` for a kept one, the oldest first."""

    def __str__(self) -> str:
        return f"{FIRING if self.is_firing else ''}{self.recent}"

    @classmethod
    def read(cls, text: str) -> Memory:
        """Return what was written by `str`."""
        return cls(text.startswith(FIRING), text.removeprefix(FIRING))

    @property
    def broken(self) -> int:
        """How many of the windows that are remembered are broken."""
        return self.recent.count(BROKEN)


def moved(before: Memory, outcome: Outcome, patience: Patience) -> tuple[Memory, Flip | None]:
    """Return what is remembered after a window, and whether the promise fires or resolves with it.

    It fires with a broken window when `fires_after` of the last `out_of` are broken, and resolves with the last of
    `resolves_after` in a row that are kept. After either, counting begins anew: it can't flap faster than that.
    """
    if not outcome.counts:
        return before, None
    recent = before.recent + (BROKEN if outcome is Outcome.BROKEN else KEPT)
    if before.is_firing:
        if recent.endswith(KEPT * patience.resolves_after):
            return Memory(), Flip.RESOLVES
    elif outcome is Outcome.BROKEN and recent[-patience.out_of :].count(BROKEN) >= patience.fires_after:
        return Memory(is_firing=True), Flip.FIRES
    return Memory(before.is_firing, recent[-MOST_KEPT:]), None


def refolded(before: Memory, outcomes: Iterable[Outcome], patience: Patience) -> Iterator[tuple[Memory, Flip | None]]:
    """Give for each window in turn what is remembered after it, and what it makes of the promise."""
    for outcome in outcomes:
        before, flip = moved(before, outcome, patience)
        yield before, flip
