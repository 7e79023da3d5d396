"""Where the dead letters of a failure stand, from their counts alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FailureStatus", "Standing", "status_of"]


class FailureStatus(StrEnum):
    """Where a failure stands. The list is closed."""

    NEW = "new"
    """Some are open, and nobody knows what to do about them."""
    KNOWN = "known"
    """Some are open, and a flow of the contract or a person knows them; or all that were replayed failed in another way."""
    RECOVERING = "recovering"
    """A run goes through them, or replays of them are not judged yet."""
    RECOVERED = "recovered"
    """None is open, and some are whole again."""
    QUARANTINED = "quarantined"
    """None is open or whole again: attempts were used up."""
    DISCARDED = "discarded"
    """None is open or whole again: a person discarded them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of one failure: `judged` are replays that validation went past, `returned` those that are dead again.

    They are counted from several topics, each at its own pace: for a moment one may be ahead of the others.
    """

    dead_letters: int
    replayed: int = 0
    discarded: int = 0
    quarantined: int = 0
    judged: int = 0
    returned: int = 0

    @property
    def open(self) -> int:
        """Dead letters without a settlement."""
        return max(0, self.dead_letters - self.replayed - self.discarded - self.quarantined)

    @property
    def passed(self) -> int:
        """Replays that kept the contract."""
        return max(0, min(self.judged, self.replayed) - self.returned)

    @property
    def awaiting(self) -> int:
        """Replays that are not judged yet."""
        return max(0, self.replayed - max(self.judged, self.returned))


def status_of(standing: Standing, *, is_selected: bool, is_known: bool) -> FailureStatus:
    """The one status of a failure; `is_selected` by a run that has not ended, `is_known` to a flow or a person."""
    if is_selected or standing.awaiting:
        return FailureStatus.RECOVERING
    if standing.open:
        return FailureStatus.KNOWN if is_known else FailureStatus.NEW
    if standing.passed:
        return FailureStatus.RECOVERED
    if standing.quarantined:
        return FailureStatus.QUARANTINED
    is_elsewhere = standing.returned and not standing.discarded  # what came back is open in another failure
    return FailureStatus.KNOWN if is_elsewhere else FailureStatus.DISCARDED
