"""What the windows before leave to the next: whether it was spoken in them, where windows may overlap one another."""

from __future__ import annotations

from dataclasses import dataclass

from assay.contracts.monitoring import Monitoring
from assay.monitoring.concept.states import Standing

__all__ = ["Memory", "overlap_of"]

CLEAR_AFTER = 3


@dataclass(frozen=True, slots=True)
class Memory:
    """Where something that is watched stands after a window; whole numbers, so that it is restored exactly.

    It fires where it is spoken twice within the length of three windows, in windows that have no prediction in common, for
    what is chance in one is chance in all that overlap it. It is over after silence for as long.
    """

    heard: int = 0
    """Windows that said something, or that all was quiet."""
    spoke: tuple[int, ...] = ()
    """Those of them, counted from 0, in which it was spoken and which still count."""
    firing: bool = False
    quiet: int = 0

    def standing(self, overlap: int) -> Standing:
        """Return what the rule of two in three needs to know for the next window, where one overlaps so many in length."""
        confirms = any(overlap <= self.heard - each <= 2 * overlap for each in self.spoke)
        return Standing((False, confirms), self.firing, self.quiet)

    def after(self, standing: Standing, overlap: int, *, spoke: bool) -> Memory:
        """Return where it stands after a window that was heard."""
        known = (*self.spoke, self.heard) if spoke else self.spoke
        kept = tuple(each for each in known if self.heard - each < 2 * overlap)
        return Memory(self.heard + 1, kept, standing.firing, standing.quiet)

    def as_json(self) -> dict[str, object]:
        """Return it as a small JSON object."""
        return {"heard": self.heard, "spoke": [*self.spoke], "firing": self.firing, "quiet": self.quiet}

    @classmethod
    def from_json(cls, written: object) -> Memory:
        """Read what `as_json` wrote; of anything else, nothing is remembered."""
        match written:
            case {"heard": int(heard), "spoke": list(spoke), "firing": bool(firing), "quiet": int(quiet)}:
                return cls(heard, tuple(int(each) for each in spoke), firing, quiet)
        return cls()


def overlap_of(monitoring: Monitoring) -> int:
    """Return how many windows begin within one: 1 where they follow one another."""
    return max(monitoring.window_s // monitoring.hop_s, 1)
