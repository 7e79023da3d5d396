"""Sessions: what somebody did without a longer pause, put together from parts that come in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Session", "joined"]


@dataclass(frozen=True, slots=True)
class Session:
    """From the first to the last thing that was done; a part of a session is one too.

    `events` is how many things that were, and `amounts` what is counted of them, by name, as exact sums.
    """

    first_ms: int
    last_ms: int
    events: int = 1
    amounts: Mapping[str, int] = field(default_factory=dict)

    @property
    def length_ms(self) -> int:
        """How long it went on; 0 where one thing was done."""
        return self.last_ms - self.first_ms

    def __add__(self, other: Session) -> Session:
        names = {**self.amounts, **other.amounts}
        return Session(
            min(self.first_ms, other.first_ms),
            max(self.last_ms, other.last_ms),
            self.events + other.events,
            {name: self.amounts.get(name, 0) + other.amounts.get(name, 0) for name in names},
        )


def joined(parts: Iterable[Session], gap_ms: int) -> list[Session]:
    """Return the sessions that parts make up, in order of time: two that lie no further apart than the gap are one.

    Parts of sessions may be joined before, in any groups and any order: the whole comes to the same integers.
    """
    found: list[Session] = []
    for part in sorted(parts, key=lambda each: each.first_ms):
        if found and part.first_ms - found[-1].last_ms <= gap_ms:
            found[-1] += part
        else:
            found.append(part)
    return found
