"""Which version of each contract is in force, from what the registry tells: pure."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Place", "Published", "Shelf"]


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a contract as the registry keeps it."""

    id: int
    contract: str
    version: str
    text: bytes
    published_ms: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the history of one registry store."""

    epoch: str = ""
    revision: int = 0


@dataclass(slots=True)
class Shelf:
    """The newest version of every contract, and the place in history that this is the state of.

    A registry of another history (a new store, or an older copy of this one) tells everything again; the shelf keeps
    what it has until that is complete, then holds exactly that.
    """

    newest: dict[str, Published] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    _incoming: dict[str, Published] | None = None

    def begin(self) -> Place:
        """Start to listen; return the place to go on from."""
        self._incoming = None
        return self.place

    def receive(self, version: Published | None, place: Place, caught_up: bool) -> bool:
        """Take what the registry tells; return whether the shelf now holds anything else than before."""
        if self._incoming is None and self._is_elsewhere(place):
            self._incoming = {}
        if self._incoming is None:
            self.place = place
            return version is not None and self._put(version)
        if version:
            self._incoming[version.contract] = version
        return caught_up and self._replace(place)

    def _is_elsewhere(self, place: Place) -> bool:
        return place.epoch != self.place.epoch or place.revision < self.place.revision

    def _put(self, version: Published) -> bool:
        changed = self.newest.get(version.contract) != version
        self.newest[version.contract] = version
        return changed

    def _replace(self, place: Place) -> bool:
        assert self._incoming is not None
        changed = self.newest != self._incoming
        self.newest, self.place, self._incoming = self._incoming, place, None
        return changed
