"""The dead letters of one partition of an ordered contract, in line by key: who goes back now, and who waits. Pure."""

from __future__ import annotations

from collections.abc import Callable

from assay.contracts import Contract, Reason
from assay.contracts.model import Ordered
from assay.recovery.decision import Decision, Replay, Stay
from assay.recovery.held import Held, Place
from assay.recovery.letter import DeadLetter

__all__ = ["Line"]

WAITS = Stay(
    "an earlier dead letter of its key is open: it can go back once that one is settled, or after the time-out"
)
BOTH = 2
"""Validation remembers so many of the raw topic, and as many of replays."""


class Line:
    """Knows the open dead letters of a partition; what goes back goes in the order in which it first came.

    `ordered` is what it was made under, None for a contract of which nothing waits: then it lets everything go.
    """

    def __init__(self, contract: Contract, now_ms: Callable[[], int]) -> None:
        self.ordered: Ordered | None = contract.ordered
        self._now_ms = now_ms
        self._held = Held(BOTH * contract.ordered.max_held if contract.ordered else 0)

    @property
    def since_ms(self) -> int:
        """Who arrived before is not waited for any more."""
        return self._now_ms() - (self.ordered.timeout_s * 1000 if self.ordered else 0)

    @property
    def first(self) -> int | None:
        """The lowest offset of an open dead letter that counts here; None where there is none."""
        return self._held.first

    @property
    def due(self) -> list[int]:
        """The offsets of those that waited and may go now, in order."""
        return self._held.due(self._now_ms())

    def meets(self, letter: DeadLetter) -> None:
        """A dead letter is open."""
        if (place := self._place(letter)) is not None:
            self._held.opens(place, self._now_ms())

    def passes(self, letter: DeadLetter, decision: Decision | None) -> Decision | None:
        """Return what is to become of a dead letter, which has to wait where it is behind another."""
        place = self._place(letter) if isinstance(decision, Replay) else None
        if place is None or not self._held.is_behind(place, self._now_ms()):
            return decision
        self._held.waits(place)
        return WAITS

    def settles(self, offset: int) -> None:
        """A dead letter is settled."""
        self._held.settles(offset)

    def stays(self, offset: int) -> None:
        """A dead letter that waited does not go back, although it may: there is another cause."""
        self._held.stays(offset)

    def drop_before(self, offset: int) -> None:
        """Forget what is not in the log any more, or not where it was."""
        self._held.drop_before(offset)

    def _place(self, letter: DeadLetter) -> Place | None:
        """Where a dead letter stands in line; None where it has no key, or is a repeat of one that counts."""
        if self.ordered is None or not letter.key_hash or letter.reason == Reason.DUPLICATE:
            return None
        until_ms = letter.held_until_ms or letter.arrived_ms + self.ordered.timeout_s * 1000
        return Place(letter.record.offset, letter.key_hash, letter.raw_offset, until_ms)
