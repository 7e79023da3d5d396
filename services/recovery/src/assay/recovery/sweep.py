"""How far dead letters were looked at by the rules in force: what stands beside the committed position. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Sweep"]

FIELDS = 3


@dataclass(frozen=True, slots=True)
class Sweep:
    """All below the committed position was looked at by the rules of `digest`, but for offsets from `at` to `end`.

    It is committed with the position, in the transaction of what it tells of: whatever is killed, and whichever rules
    somebody else had meanwhile, no dead letter is left out.
    """

    digest: str = ""
    at: int = 0
    end: int = 0

    @property
    def is_over(self) -> bool:
        return self.at >= self.end

    @property
    def note(self) -> str:
        """The same as text."""
        return f"{self.digest} {self.at} {self.end}"

    @classmethod
    def parse(cls, note: str) -> Sweep:
        """Read a note; what is none says that nothing was looked at."""
        parts = note.split(" ")
        if len(parts) != FIELDS or not all(part.isdecimal() for part in parts[1:]):
            return cls()
        return cls(parts[0], int(parts[1]), int(parts[2]))

    def under(self, digest: str, position: int) -> Sweep:
        """The sweep that these rules need: none where they are those of before, else of all below the position."""
        return self if digest == self.digest else Sweep(digest, 0, position)

    def moved(self, at: int) -> Sweep:
        """The sweep once all before an offset was looked at."""
        return replace(self, at=min(max(at, self.at), self.end))
