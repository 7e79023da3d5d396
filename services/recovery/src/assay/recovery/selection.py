"""Which dead letters are meant: the filters that every face of recovery takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Selectable", "Selection"]


class Selectable(Protocol):
    """What a selection looks at."""

    @property
    def place(self) -> str:
        """`topic/partition/offset` of the dead letter."""
        ...

    @property
    def failure(self) -> str:
        """Fingerprint of its failure."""
        ...

    @property
    def reason(self) -> str: ...

    @property
    def path(self) -> str:
        """Path of its first violation, with `*` for the places of an array."""
        ...

    @property
    def rule(self) -> str: ...

    @property
    def producer(self) -> str: ...

    @property
    def version(self) -> str:
        """Version of the contract that judged it."""
        ...

    @property
    def arrived_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """Dead letters of one contract of which all that is given holds; empty and 0 are no filter."""

    contract: str
    failure: str = ""
    reason: str = ""
    path: str = ""
    rule: str = ""
    producer: str = ""
    version: str = ""
    since_ms: int = 0
    until_ms: int = 0
    places: frozenset[str] = frozenset()

    def takes(self, letter: Selectable) -> bool:
        """Whether a dead letter of this contract is meant."""
        return (
            self.failure in ("", letter.failure)
            and self.reason in ("", letter.reason)
            and (not self.path or letter.path == self.path or letter.path.startswith(f"{self.path}/"))
            and self.rule in ("", letter.rule)
            and self.producer in ("", letter.producer)
            and self.version in ("", letter.version)
            and letter.arrived_ms >= self.since_ms
            and (not self.until_ms or letter.arrived_ms < self.until_ms)
            and (not self.places or letter.place in self.places)
        )
