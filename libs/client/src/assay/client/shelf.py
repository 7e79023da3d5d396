"""Every version of each contract, from what the registry tells: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from assay.contracts.frame import guid_of

__all__ = ["Place", "Shelf", "Version", "newest_first"]

Versions = dict[str, Mapping[str, "Version"]]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a contract as the registry keeps it."""

    id: int
    contract: str
    version: str
    text: bytes = field(repr=False)
    published_ms: int
    retired: bool = False
    deprecated: bool = False

    @property
    def guid(self) -> UUID:
        """The guid of this text, the same in every registry."""
        return guid_of(self.text)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the history of one registry store."""

    epoch: str = ""
    revision: int = 0


@dataclass(slots=True)
class Shelf:
    """The versions of every contract by contract id and version, and the place in history that this is the state of.

    A registry of another history (a new store, or an older copy of this one) tells everything again; the shelf keeps
    what it has until that is complete, then holds exactly that. The versions of a contract are replaced as a whole:
    whoever took them before keeps what was true then.
    """

    versions: Versions = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    _incoming: Versions | None = None

    def begin(self) -> Place:
        """Start to listen; return the place to go on from."""
        self._incoming = None
        return self.place

    def receive(self, version: Version | None, place: Place, caught_up: bool) -> bool:
        """Take what the registry tells; return whether the shelf now holds anything else than before."""
        if self._incoming is None and self._is_elsewhere(place):
            self._incoming = {}
        if self._incoming is None:
            self.place = place
            return version is not None and _put(self.versions, version)
        if version:
            _put(self._incoming, version)
        return caught_up and self._replace(place)

    def _is_elsewhere(self, place: Place) -> bool:
        return place.epoch != self.place.epoch or place.revision < self.place.revision

    def _replace(self, place: Place) -> bool:
        assert self._incoming is not None
        changed = self.versions != self._incoming
        self.versions, self.place, self._incoming = self._incoming, place, None
        return changed


def newest_first(versions: Iterable[Version]) -> list[Version]:
    """Return the versions of a contract that are not retired, the newest first: ids grow, a retired one is told anew."""
    return sorted((one for one in versions if not one.retired), key=lambda one: -one.id)


def _put(versions: Versions, version: Version) -> bool:
    known = versions.get(version.contract, {})
    versions[version.contract] = {**known, version.version: version}
    return known.get(version.version) != version
