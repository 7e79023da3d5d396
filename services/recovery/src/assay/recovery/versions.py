"""The versions of one contract as the registry told them, each read when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from assay.client.shelf import Version
from assay.contracts import Contract, ContractsError, load
from assay.contracts.frame import Frame

__all__ = ["Versions"]


class Versions(Mapping[str, Contract]):
    """Contracts by version; one that does not load is not there."""

    def __init__(self, told: Mapping[str, Version]) -> None:
        self._loaded: dict[str, Contract] = {}
        self.hear(told)

    def hear(self, told: Mapping[str, Version]) -> None:
        """Take what the registry says now; a version's text never changes."""
        self._told = told
        self._by_id = {one.id: one for one in told.values()}
        self._by_guid: dict[UUID, Version] = {}
        self.in_use = tuple(sorted(one.version for one in told.values() if not one.retired))
        """The versions that records may declare."""

    def is_from(self, told: Mapping[str, Version]) -> bool:
        """Whether this is what was heard last."""
        return told is self._told

    def __getitem__(self, version: str) -> Contract:
        if version not in self._loaded:
            told = self._told[version]
            try:
                self._loaded[version] = load(told.text, f"{told.contract}@{version}")
            except ContractsError as error:
                raise KeyError(version) from error
        return self._loaded[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)

    def named(self, version: str) -> Version | None:
        """What the registry told of a version; None where it is unknown."""
        return self._told.get(version)

    def declared(self, frame: Frame | None, header: str) -> Version | None:
        """The version that a record declares, by its frame or else by its header."""
        if frame is None:
            return self._told.get(header)
        if frame.schema_id is not None:
            return self._by_id.get(frame.schema_id)
        if not self._by_guid:
            self._by_guid = {one.guid: one for one in self._told.values()}
        return self._by_guid.get(frame.guid) if frame.guid else None

    def reach(self, version: str, in_force: str) -> bool:
        """Whether the version in force is this one or came after it: ids grow."""
        if version in ("", in_force):
            return True
        wanted, here = self._told.get(version), self._told.get(in_force)
        return wanted is not None and here is not None and here.id >= wanted.id
